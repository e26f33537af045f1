package points_test

import (
	"bytes"
	"fmt"
	"log"
	"os"

	"github.com/ostrace/ostrace/points"
)

func ExampleReadReport() {
	// osprofiler trace show --json a3c082a5-3216-4635-925a-3cdd42b8192d --out image-show.json
	report, err := os.ReadFile("testdata/image-show.json")
	if err != nil {
		log.Fatal(err)
	}
	trace, err := points.ReadReport(bytes.NewReader(report))
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range trace.Points {
		fmt.Printf("%s %s-%s %v, %d below\n", p.Name, p.Project, p.Service, p.Finished().Sub(p.Started()), len(p.Children))
	}
	span := trace.Spans()[0]
	fmt.Println(span.SpanContext().TraceID(), span.Name())
	// Output:
	// wsgi keystone-public 1.459ms, 0 below
	// wsgi keystone-public 15.565ms, 3 below
	// wsgi glance-api 24.8ms, 3 below
	// wsgi glance-api 6.547ms, 2 below
	// a3c082a532164635925a3cdd42b8192d WSGI_GET_/v3
}
