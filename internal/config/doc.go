// Package config is the operator's configuration: a versioned file, flags that override it, and what follows from them.
package config
