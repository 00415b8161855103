package hostinfo

import "golang.org/x/sys/unix"

// FileSystem tells, in bytes, how large the file system of a path is and how
// much of it is in use; zeros if that cannot be known.
func FileSystem(path string) (size, used int64) {
	var st unix.Statfs_t
	if unix.Statfs(path, &st) != nil {
		return 0, 0
	}
	block := int64(st.Bsize)
	return int64(st.Blocks) * block, int64(st.Blocks-st.Bfree) * block
}
