// Package audit holds usage records against the account that they are the history of: it proves that the two agree or names
// what does not, explains a bill line by line, and makes an account from its records.
package audit
