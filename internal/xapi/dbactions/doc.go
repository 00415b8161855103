// Package dbactions answers the plain database messages of XenAPI: the getters
// and setters of fields, get_record, get_by_uuid, get_by_name_label, get_all
// and its kin, for all classes by one function over the contract.
//
// Mine: what these messages mean (which errors, what is no change, how text is
// checked), the query language of get_all_where, and the storage form of values
// that queries compare. Also the checks custom actions share when they make a
// row from a constructor record. Not mine: sessions, roles and tasks (dispatch),
// rows and relations (db), create and destroy (the class family packages).
//
// Reads look at one published snapshot and wait for nobody. A write is one
// transaction. Nothing is kept between calls.
package dbactions
