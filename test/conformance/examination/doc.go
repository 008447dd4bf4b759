// Package examination is what suites have in common that examine a server from outside: cases that are told, what they
// checked, the report, and answers over HTTP whose JSON is read as it was written.
package examination
