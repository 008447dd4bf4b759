// Package usagetest tests implementations of usage.Store.
package usagetest
