// Package forward decides on which host a custom message runs, and takes it
// there. A coordinator runs the forward operation of a message, a member the
// local one; both have the generated type xapibus.CustomActions, so a local
// operation can always stand in for its forward operation.
package forward
