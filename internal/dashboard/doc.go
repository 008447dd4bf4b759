// Package dashboard is the read model of the dashboard: what the objects of a producer say, as the informers show them.
// Every figure in it stands in the status of an object too, where a person finds it with kubectl.
package dashboard
