package simcloud

import "errors"

// exception is an error as the Python services raise it.
type exception struct {
	class   string
	message string
}

func (e exception) Error() string { return e.message }

func exceptionClass(err error) string {
	var e exception
	if errors.As(err, &e) {
		return e.class
	}
	return "Exception"
}
