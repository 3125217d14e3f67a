// Package sql92 compiles and evaluates the filter expressions that RocketMQ calls SQL92, with the verdicts
// and the words of Java's own (SelectorParser.jj, org.apache.rocketmq.filter.expression).
//
//	text ── lexer ──▶ tokens ── parser ──▶ node tree ── Match(properties) ──▶ yes or no
//
// Grammar, loosest binding first; keywords in any case:
//
//	or         and { OR and }
//	and        equality { AND equality }
//	equality   comparison { = comparison | <> comparison | IS [NOT] NULL }
//	comparison unary { > unary | >= unary | < unary | <= unary
//	                 | [NOT] CONTAINS 's' | [NOT] STARTSWITH 's' | [NOT] ENDSWITH 's'
//	                 | [NOT] BETWEEN unary AND unary | [NOT] IN ( 's' { , 's' } ) }
//	unary      + unary | - unary | NOT unary | primary
//	primary    literal | property | ( or )
//
// What users stumble over is Java's: nothing demands that the text ends where the expression does, NOT
// binds tighter than a comparison, a property is text and takes the type of the constant beside it, and
// what cannot be compared at run time matches nothing.
//
// Bounds are ours: MaxLength and MaxDepth, where Java runs until its stack is full.
package sql92
