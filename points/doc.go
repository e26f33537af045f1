// Package points reads and writes the points that OSProfiler stores, and turns
// them into OpenTelemetry spans and back.
package points
