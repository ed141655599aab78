# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmapmigrate.syntax.mask import define_mask, differing, token_mask, word_mask
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

# What the kernel writes, and what the grammar is given instead, at file scope.
AT_FILE_SCOPE: dict[str, tuple[bytes, bytes]] = {
    "attribute word": (b"static int __init f(void) { }", b"static int        f(void) { }"),
    "address space": (b"char __user *p;", b"char        *p;"),
    "attribute call": (b"int f(void) __must_hold(&x) { }", b"int f(void)                 { }"),
    "aligned": (b"struct a { int b; } __aligned(8);", b"struct a { int b; }             ;"),
    "unknown macro before a type": (b"FOO_EXPORT int f(void);", b"           int f(void);"),
    "three words": (b"static u32 foo_attr f(void);", b"static     foo_attr f(void);"),
    "three words, one an attribute": (b"static u32 __foo f(void);", b"static u32       f(void);"),
    "attribute behind a star": (b"struct a *__foo b = 0;", b"struct a *      b = 0;"),
    "cleanup": (b"struct a *p __free(kfree) = q;", b"struct a *p               = q;"),
    "macros behind parameters": (b"int f(void) FOO(x) BAR { }", b"int f(void)            { }"),
    "packed": (b"typedef struct { int a; } PACKED b;", b"typedef struct { int a; }        b;"),
    "static macro call": (b"static DEFINE_MUTEX(x);", b"       DEFINE_MUTEX(x);"),
    "variable of a macro": (b"DEFINE_PER_CPU(int, x) = 3;", b"               int  x  = 3;"),
    "initialised macro call": (b"DEFINE_FOO(x) = { 3 };", b"DEFINE_FOO x  = { 3 };"),
    "function of a macro": (
        b"SYSCALL_DEFINE1(foo, unsigned long, a) { }",
        b"void LL_DEFINE1(foo, unsigned long, a) { }",
    ),
    "member of a macro": (b"struct a { DECLARE_FOO(b, 8); };", b"struct a { DECLARE_FOO b    ; };"),
    "member of a macro with a type": (
        b"struct a { FLEX(struct b, c); };",
        b"struct a {      struct b  c ; };",
    ),
    "wrapped member": (b"struct a { DECL(int b); int c; };", b"struct a {      int b ; int c; };"),
    "member without semicolon": (b"struct a { FOO(b) int c; };", b"struct a { FOO b ;int c; };"),
    "group of members": (
        b"struct a { struct_group(b, int c; int d;); };",
        b"struct a { struct      {   int c; int d;}; };",
    ),
    "function pointer stays": (b"struct a { u64 (*f)(int b); };", b"struct a { u64 (*f)(int b); };"),
    "enumerator of a macro": (b"enum a { FOO(1), BAR = 2 };", b"enum a { FOO   , BAR = 2 };"),
    "tracepoint": (b"T(a, TP(struct b *c), F(d;));", b"T(a, TP(       b *c),  {d;});"),
    "arguments side by side": (b"T(F(int, a) F(int, b));", b"T(F(int, a),F(int, b));"),
    "statement as an argument": (
        b"DEFINE_FREE(a, struct b *, if (_T) c(_T))",
        b"DEFINE_FREE(a,        b  ,    (_T),c(_T))",
    ),
    "list without commas": (b"int a[] = { FOO(1) BAR(2) };", b"int a[] = { FOO(1),BAR(2) };"),
    "pasted number": (b"FOO(48bit);", b"FOO(_8bit);"),
}

# The same inside a function's body.
IN_A_BODY: dict[str, tuple[bytes, bytes]] = {
    "iterator with a block": (b"for_each_foo(a, b) { c(); }", b"while       (a, b) { c(); }"),
    "iterator with a statement": (b"for_each_foo(a, b)\n\t\tc();", b"while       (a, b)\n\t\tc();"),
    "iterator before a star": (b"for_each_foo(a)\n\t\t*c = 1;", b"while       (a)\n\t\t*c = 1;"),
    "any name before a block": (b"hash_for(a, b) { }", b"while   (a, b) { }"),
    "iterator under an if": (b"if (a)\n\t\twalk_all(b) c();", b"if (a)\n\t\twhile   (b) c();"),
    "end of a do": (b"do { a(); } until_done(b);", b"do { a(); } while     (b);"),
    "scoped guard": (b"scoped_guard(mutex, &a) { }", b"if          (mutex, &a) { }"),
    "scoped guard that returns": (
        b"scoped_cond_guard(a, return -1, b) { }",
        b"if               (a,        -1, b) { }",
    ),
    "block macro without arguments": (b"unlocked_do() { a(); }", b"if(_)         { a(); }"),
    "macro with its own semicolon": (b"FLUSH(a)\n\tb(c);", b"FLUSH(a)\n;b(c);"),
    "bare macro with its own semicolon": (b"BEGIN\n\tint b;", b"BEGIN\n;int b;"),
    "type of a macro stays": (b"TYPE(x) name = 3;", b"TYPE(x) name = 3;"),
    "static macro call": (b"static DEFINE_FOO(a, 5 * b);", b"       DEFINE_FOO(a, 5 * b);"),
    "type as an argument": (b"a = container_of(b, struct c, d);", b"a = container_of(b,        c, d);"),
    "long type": (b"a = min_t(unsigned long, b, c);", b"a = min_t(         long, b, c);"),
    "pointer type": (b"a = va_arg(b, const struct c *);", b"a = va_arg(b,              c  );"),
    "pointer to a typedef": (b"a = va_arg(b, u32 *);", b"a = va_arg(b, u32  );"),
    "sizeof stays": (b"a = sizeof(struct b);", b"a = sizeof(struct b);"),
    "cast stays": (b"a = (struct b *)c;", b"a = (struct b *)c;"),
    "operator as an argument": (b"CHECK(a, >=, b);", b"CHECK(a, __, b);"),
    "empty argument": (b"FOO(a, , b);", b"FOO(a  , b);"),
    "empty last argument": (b"FOO(a, );", b"FOO(a  );"),
    "designator as an argument": (b"FOO(.a = 1);", b"FOO( a = 1);"),
    "typeof": (b"typeof(*a) b = c;", b"typeof     b = c;"),
    "typeof in a cast": (b"a = (typeof(b))c;", b"a = (typeof   )c;"),
    "typeof as an argument stays": (b"a = FOO(b, typeof(*c), d);", b"a = FOO(b, typeof(*c), d);"),
    "typeof a type as an argument": (
        b"a = FOO(b, typeof(struct c), d);",
        b"a = FOO(b, typeof(       c), d);",
    ),
    "auto": (b"auto a = b;", b"Auto a = b;"),
    "offsetof of a member's member": (b"a = offsetof(struct b, c.d);", b"a = Offsetof(       b, c.d);"),
    "alignof of an expression": (b"a = __alignof__(*b);", b"a = __alignOf__(*b);"),
    "case range": (b"switch (a) { case 1 ... 2: b(); }", b"switch (a) { case 1  |  2: b(); }"),
    "assembler of a macro": (b'asm volatile(FOO(a) : : " "(b));', b'asm volatile(""     : : " "(b));'),
    "computed goto": (b"goto *a[b];", b"     *a[b];"),
    "label at the end": (b"switch (a) { default: }", b"switch (a) { default:;}"),
}


def parses(text: bytes) -> bool:
    unit = SourceUnit(SourceFile("foo.c", text))
    return bool(unit.items) and not any(unit.parse(item).errors for item in unit.items)


@pytest.mark.parametrize(("text", "mask"), AT_FILE_SCOPE.values(), ids=AT_FILE_SCOPE)
def test_the_dialect_at_file_scope_is_masked(text: bytes, mask: bytes) -> None:
    assert token_mask(text) == mask


@pytest.mark.parametrize(("text", "mask"), IN_A_BODY.values(), ids=IN_A_BODY)
def test_the_dialect_in_a_body_is_masked(text: bytes, mask: bytes) -> None:
    head, tail = b"void f(void)\n{\n\t", b"\n}"
    assert token_mask(head + text + tail) == head + mask + tail


@pytest.mark.parametrize("text", [text for text, _ in AT_FILE_SCOPE.values()], ids=AT_FILE_SCOPE)
def test_what_is_masked_at_file_scope_parses(text: bytes) -> None:
    assert parses(text)


@pytest.mark.parametrize("text", [text for text, _ in IN_A_BODY.values()], ids=IN_A_BODY)
def test_what_is_masked_in_a_body_parses(text: bytes) -> None:
    assert parses(b"void f(void)\n{\n\t" + text + b"\n}")


def test_a_field_of_an_attributes_name_stays() -> None:
    assert word_mask(b"a->__user = b.__init;") == b"a->__user = b.__init;"


def test_a_variable_of_an_attributes_name_stays_where_it_is_dereferenced() -> None:
    assert word_mask(b"__ref->a = 1;") == b"__ref->a = 1;"


def test_the_named_rest_of_a_macros_parameters_is_blanked() -> None:
    assert define_mask(b"#define a(b, c...) d") == b"#define a(b, c   ) d"


def test_lines_that_a_comment_joined_are_joined_again() -> None:
    assert define_mask(b"#define a (1 +    \n      2)") == b"#define a (1 +   \\\n      2)"


def test_differing_ranges_are_half_open_and_shifted() -> None:
    assert differing(b"a+(c)*f", b"a+,c;*f", 10) == ((12, 13), (14, 15))


def test_a_word_differs_as_a_whole() -> None:
    assert differing(b"(for_each_foo)", b"(while       )", 0) == ((1, 13),)


def test_equal_texts_differ_nowhere() -> None:
    assert differing(b"abc", b"abc", 0) == ()


SNIPPETS = [text for text, _ in (AT_FILE_SCOPE | IN_A_BODY).values()]
MARKS = [b"{", b"}", b"(", b")", b"[", b"]", b",", b";", b":", b"=", b"*", b'"', b"\n", b"\r\n", b" ", b"..."]
WORDS = [b"case ", b"struct ", b"typeof(", b"asm(", b"do ", b"else ", b"FOO", b"1x", b"\0", b"\xe9"]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(SNIPPETS + MARKS + WORDS), max_size=12).map(b"".join))
def test_masks_keep_length_and_lines(text: bytes) -> None:
    for mask in (word_mask(text), token_mask(text)):
        assert len(mask) == len(text)
        assert [i for i, byte in enumerate(mask) if byte == 10] == [
            i for i, byte in enumerate(text) if byte == 10
        ]
