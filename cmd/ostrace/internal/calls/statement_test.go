// SPDX-License-Identifier: Apache-2.0

package calls

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for _, test := range []struct{ statement, want string }{
		{"SELECT 1", "SELECT ?"},
		{"select 1;", "select ?"},
		{"SELECT a FROM t WHERE id = %(id_1)s", "SELECT a FROM t WHERE id = ?"},
		{"SELECT a FROM t WHERE id = %s AND b = ?", "SELECT a FROM t WHERE id = ? AND b = ?"},
		{"SELECT a FROM t WHERE id = :id AND b = $1", "SELECT a FROM t WHERE id = ? AND b = ?"},
		{"SELECT a FROM t WHERE id=5 AND n = 'it''s' AND m='a\\'b'", "SELECT a FROM t WHERE id = ? AND n = ? AND m = ?"},
		{"SELECT a FROM t WHERE x = 1.5e+3 OR x = 0xFF OR x = x'00ff'", "SELECT a FROM t WHERE x = ? OR x = ? OR x = ?"},
		{"SELECT t1.a2 FROM t1", "SELECT t1.a2 FROM t1"},
		{"SELECT a\n  FROM t -- why\n WHERE /* key=1 */ b = 2 # end", "SELECT a FROM t WHERE b = ?"},
		{"SELECT a FROM t WHERE id IN (1, 2, 3)", "SELECT a FROM t WHERE id IN (?)"},
		{"SELECT a FROM t WHERE id IN (%(id_1_1)s, %(id_1_2)s)", "SELECT a FROM t WHERE id IN (?)"},
		{"SELECT a FROM t WHERE id IN (%(id_1_1)s)", "SELECT a FROM t WHERE id IN (?)"},
		{"SELECT a FROM t WHERE (a, b) IN ((1, 2), (3, 4))", "SELECT a FROM t WHERE (a, b) IN ((?))"},
		{"SELECT a FROM t WHERE id IN (SELECT b FROM u WHERE c = 4)", "SELECT a FROM t WHERE id IN (SELECT b FROM u WHERE c = ?)"},
		{"SELECT a FROM t WHERE b IS NULL", "SELECT a FROM t WHERE b IS NULL"},
		{"SELECT count(*) AS count_1 FROM t LIMIT 5", "SELECT count(*) AS count_1 FROM t LIMIT ?"},
		{"SELECT CAST('1' AS UNSIGNED), x::int FROM t", "SELECT CAST(? AS UNSIGNED), x :: int FROM t"},
		{"INSERT INTO t (a, b) VALUES (%(a)s, %(b)s)", "INSERT INTO t (a, b) VALUES (?)"},
		{"INSERT INTO t (a, b) VALUES (1, 'x'), (2, NULL), (3, 'z')", "INSERT INTO t (a, b) VALUES (?)"},
		{"INSERT INTO t (a, b) VALUES (1, now()), (2, now())", "INSERT INTO t (a, b) VALUES (?, now())"},
		{"INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)", "INSERT INTO t (a) VALUES (?) ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)"},
		{"INSERT INTO t (a) VALUES (1) RETURNING t.id", "INSERT INTO t (a) VALUES (?) RETURNING t.id"},
		{"UPDATE `t` SET `a`=NULL, b=%(b)s WHERE `t`.id = 7", "UPDATE `t` SET `a` = NULL, b = ? WHERE `t`.id = ?"},
		{"SAVEPOINT sa_savepoint_12", "SAVEPOINT ?"},
		{"RELEASE SAVEPOINT sa_savepoint_3", "RELEASE SAVEPOINT ?"},
		{"ROLLBACK TO SAVEPOINT sa_savepoint_3", "ROLLBACK TO SAVEPOINT ?"},
		{"SELECT 'cut off", "SELECT ?"},
		{"SELECT a FROM t WHERE id IN (1, 2", "SELECT a FROM t WHERE id IN (?)"},
		{"/* nothing", ""},
		{"", ""},
	} {
		if got := Fold(test.statement); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.statement, got, test.want)
		}
	}
}

// Statements that differ only in their values, in the length of their lists and in
// comments and white space have one folded text.
func TestFoldIgnoresValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	value := func() string {
		return []string{strconv.Itoa(random.IntN(1000)), fmt.Sprintf("'%x'", random.Uint32()), fmt.Sprintf("%%(p_%d)s", random.IntN(9)), "-- c\n 1.5", "/* 'x */ ?"}[random.IntN(5)]
	}
	list := func() string {
		values := make([]string, 1+random.IntN(5))
		for i := range values {
			values[i] = value()
		}
		return strings.Join(values, ", ")
	}
	for _, form := range []string{
		"SELECT a FROM t WHERE b = V AND c IN (L) ORDER BY d LIMIT V",
		"INSERT INTO t (a, b) VALUES (L), (L)",
		"UPDATE t SET a=V WHERE t.b = V",
	} {
		texts := map[string]bool{}
		for range 200 {
			statement := form
			for strings.ContainsAny(statement, "VL") && len(statement) < 2000 {
				before := statement
				statement = strings.Replace(statement, " V ", " "+value()+" ", 1)
				statement = strings.Replace(statement, "=V ", "="+value()+" ", 1)
				statement = strings.Replace(statement, "(L)", "("+list()+")", 1)
				if strings.HasSuffix(statement, " V") {
					statement = strings.TrimSuffix(statement, "V") + value()
				}
				if statement == before {
					break
				}
			}
			texts[Fold(statement)] = true
		}
		if len(texts) != 1 {
			t.Errorf("%s has %d texts: %v", form, len(texts), texts)
		}
	}
}

func TestSummaryAndBrief(t *testing.T) {
	for _, test := range []struct{ folded, summary, brief string }{
		{"SELECT ?", "SELECT ?", "SELECT ?"},
		{"SELECT a_function_with_a_long_name(?)", "SELECT", "SELECT a_function_with_a_long_name(?)"},
		{
			"SELECT instances.created_at AS instances_created_at, instances.id AS instances_id FROM instances WHERE instances.uuid = ?",
			"SELECT instances", "SELECT … FROM instances WHERE instances.uuid = ?",
		},
		{
			"SELECT anon_1.id AS anon_1_id, anon_1.uuid AS anon_1_uuid FROM (SELECT instances.id AS instances_id, instances.uuid FROM instances LIMIT ?) AS anon_1",
			"SELECT instances", "SELECT … FROM (SELECT … FROM instances LIMIT ?) AS anon_1",
		},
		{"SELECT count(*) FROM `nova`.`instances`", "SELECT nova.instances", "SELECT count(*) FROM `nova`.`instances`"},
		{"INSERT INTO ports (project_id, id, name, network_id, status) VALUES (?)", "INSERT ports", "INSERT INTO ports (…) VALUES (?)"},
		{"UPDATE quotas SET a = ? WHERE b = ?", "UPDATE quotas", "UPDATE quotas SET a = ? WHERE b = ?"},
		{"DELETE FROM ports WHERE ports.id = ?", "DELETE ports", "DELETE FROM ports WHERE ports.id = ?"},
		{"SAVEPOINT ?", "SAVEPOINT ?", "SAVEPOINT ?"},
		{"", "(empty)", ""},
	} {
		if got := Summary(test.folded); got != test.summary {
			t.Errorf("%s: the summary is %q, want %q", test.folded, got, test.summary)
		}
		if got := Brief(test.folded); got != test.brief {
			t.Errorf("%s: the brief text is %q, want %q", test.folded, got, test.brief)
		}
	}
}

// No statement makes folding fail, and no folded text has a value of the statement.
func FuzzFold(f *testing.F) {
	f.Add("SELECT a FROM t WHERE id IN (1, 2) AND b = 'x' -- c")
	f.Add("INSERT INTO t (a, b) VALUES (1, now()), (2, NULL)")
	f.Add("VALUES (VALUES ((((('''' /* \" `")
	f.Add("SAVEPOINT SAVEPOINT %(a)s %( $1 :a ::b x'00'")
	f.Fuzz(func(t *testing.T, statement string) {
		folded := Fold(statement)
		if len(folded) > 2*len(statement) {
			t.Errorf("%q became longer: %q", statement, folded)
		}
		if strings.Contains(strings.NewReplacer("`", "", `"`, "").Replace(folded), "'") && !strings.ContainsAny(statement, "`\"") {
			t.Errorf("%q has a string: %q", statement, folded)
		}
		if utf8.ValidString(statement) && !utf8.ValidString(Brief(folded)) {
			t.Errorf("%q: the brief text is not valid", statement)
		}
		Summary(folded)
	})
}

// Time grows with the length of a statement, and not with its square.
func BenchmarkFold(b *testing.B) {
	for _, hostile := range []string{"(", "VALUES (", "VALUES (x ", "SELECT ", "'", "1, ("} {
		for _, length := range []int{1000, 10_000, 100_000} {
			statement := strings.Repeat(hostile, length/len(hostile))
			b.Run(fmt.Sprintf("%s/%d", strings.TrimSpace(hostile), length), func(b *testing.B) {
				for b.Loop() {
					Brief(Fold(statement))
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(length), "ns/byte")
			})
		}
	}
}
