# SPDX-License-Identifier: GPL-2.0-only
"""Words of the kernel's C that its grammar in tree-sitter does not know, as tables.

The attribute macros are those of include/linux/compiler_types.h, compiler_attributes.h, compiler-context-
analysis.h, cleanup.h, init.h and cache.h; ``__free`` and its kin take an argument.
"""

from __future__ import annotations

ATTRIBUTE_WORDS: frozenset[bytes] = frozenset(
    b"""
    __user __kernel __iomem __percpu __rcu __force __nocast __private __safe __bitwise
    __init __exit __initdata __exitdata __initconst __meminit __meminitdata __meminitconst __memexit
    __net_init __net_exit __net_initdata __ref __refdata __refconst __init_memblock __initdata_memblock
    __init_or_module __initdata_or_module __initconst_or_module __exitused __sched
    __cpuidle __kprobes __lockfunc
    __always_inline __inline_maybe_unused __noinline noinline noinline_for_stack noinstr notrace
    nokprobe_inline __flatten __cold __pure __attribute_const__ __must_check __noreturn __deprecated __malloc
    __maybe_unused __always_unused __used __always_used __visible __weak __retain __naked __noclone
    __latent_entropy __no_sanitize_address __no_kasan_or_inline __no_kcsan __no_kstack_erase __no_profile
    __no_stack_protector __no_sanitize_memory __no_sanitize_undefined __no_sanitize_or_inline __nocfi
    __nocfi_generic __no_caller_saved_registers __no_randomize_layout __randomize_layout __no_context_analysis
    __disable_sanitizer_instrumentation __preserve_most __noscs __noipa __overloadable __data_racy
    __nonstring __nonstring_array __uninitialized __designated_init __nosavedata __function_aligned
    __read_mostly __ro_after_init __cacheline_aligned __cacheline_aligned_in_smp
    ____cacheline_aligned ____cacheline_aligned_in_smp ____cacheline_internodealigned_in_smp
    __aligned_largest __packed __page_aligned_data __page_aligned_bss __irq_entry __softirq_entry
    __bpf_kfunc __rust_helper asmlinkage fastcall
    """.split()
)
"""Attribute macros without an argument."""

ATTRIBUTE_CALLS: frozenset[bytes] = frozenset(
    b"""
    __attribute__ __attribute __printf __scanf __aligned __section __alias __mode __copy __cleanup __free
    __acquires __releases __must_hold __must_not_hold __acquires_shared __releases_shared __must_hold_shared
    __cond_acquires __cond_releases __cond_acquires_shared __guarded_by __pt_guarded_by __acquires_ret
    __requires_ctx_lock __requires_shared_ctx_lock __excludes_ctx_lock __no_sanitize __section_nr
    __counted_by __counted_by_le __counted_by_be __counted_by_ptr __alloc_size __realloc_size __assume_aligned
    __diagnose_as __nonnull_args __compiletime_error __compiletime_warning __pass_object_size
    __pass_dynamic_object_size __init_or_fini __bpf_md_ptr_align __no_sanitize_coverage
    """.split()
)
"""Attribute macros with an argument list."""

BLOCK_PREFIXES: tuple[bytes, ...] = (b"scoped_", b"with_", b"if_", b"unsafe_", b"guard")
"""How a macro begins that runs the statement behind it once: it is masked as an ``if``, others as a loop."""

STORAGE: frozenset[bytes] = frozenset(
    b"static extern inline __inline __inline__ typedef register _Noreturn _Thread_local __thread".split()
)
"""Storage classes and function specifiers."""

QUALIFIERS: frozenset[bytes] = STORAGE | frozenset(
    b"const volatile restrict __restrict __restrict__ __const __volatile__ __volatile auto"
    b" __extension__".split()
)
"""What may stand between a declaration's words without naming a type."""

TYPE_WORDS: frozenset[bytes] = frozenset(
    b"void char short int long float double signed unsigned __signed__ bool _Bool size_t ssize_t".split()
)
"""Keywords that are a type, or part of one, by themselves."""

TAG_WORDS: frozenset[bytes] = frozenset((b"struct", b"union", b"enum"))

CONTROL: frozenset[bytes] = frozenset((b"if", b"while", b"for", b"switch"))
"""Keywords in front of a condition and a statement."""

STATEMENT_WORDS: frozenset[bytes] = CONTROL | frozenset(
    b"else do return goto break continue case default sizeof _Alignof alignof __alignof__ asm __asm__ __asm"
    b" _Generic offsetof typeof __typeof__ __typeof typeof_unqual".split()
)
"""Keywords that are no part of a run of a declaration's words."""

ASM_WORDS: frozenset[bytes] = frozenset((b"asm", b"__asm__", b"__asm"))

ALIGNOF: frozenset[bytes] = frozenset((b"alignof", b"_Alignof", b"__alignof", b"__alignof__"))

TYPEOF: frozenset[bytes] = frozenset(
    b"typeof __typeof__ __typeof typeof_unqual __unqual_scalar_typeof __signed_scalar_typeof".split()
)
"""Operators whose argument list stands for a type."""

FIXED_TYPES = rb"__[sube]{1,2}\d+|__\w+_t|__wsum|__sum16|__poll_t|__kernel_\w+|__int128"
"""A regex of type names that look like attribute macros."""
