// The annotations. Under the sparsead plugin they are attributes; for every other compiler they are nothing.
#pragma once

#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(sparsead::jacobian)
#define SPARSEAD_JACOBIAN(...) [[sparsead::jacobian(__VA_ARGS__)]]
#endif
#if __has_cpp_attribute(sparsead::gradient)
#define SPARSEAD_GRADIENT(...) [[sparsead::gradient(__VA_ARGS__)]]
#endif
#if __has_cpp_attribute(sparsead::hessian)
#define SPARSEAD_HESSIAN(...) [[sparsead::hessian(__VA_ARGS__)]]
#endif
#if __has_cpp_attribute(sparsead::inactive)
#define SPARSEAD_INACTIVE [[sparsead::inactive]]
#endif
#if __has_cpp_attribute(sparsead::checkpoint)
#define SPARSEAD_CHECKPOINT(...) [[sparsead::checkpoint(__VA_ARGS__)]]
#endif
#if __has_cpp_attribute(sparsead::rule)
#define SPARSEAD_RULE(...) SPARSEAD_RULE_AT(__LINE__, __VA_ARGS__)
#define SPARSEAD_RULE_AT(...) SPARSEAD_RULE_NAMED(__VA_ARGS__)
// The alias is there to carry the attribute; the same one may stand twice.
#define SPARSEAD_RULE_NAMED(line, ...) [[sparsead::rule(__VA_ARGS__)]] typedef int sparsead_rule_##line;
#endif
#endif

#ifndef SPARSEAD_JACOBIAN
#define SPARSEAD_JACOBIAN(...)
#endif
#ifndef SPARSEAD_GRADIENT
#define SPARSEAD_GRADIENT(...)
#endif
#ifndef SPARSEAD_HESSIAN
#define SPARSEAD_HESSIAN(...)
#endif
#ifndef SPARSEAD_INACTIVE
#define SPARSEAD_INACTIVE
#endif
#ifndef SPARSEAD_CHECKPOINT
#define SPARSEAD_CHECKPOINT(...)
#endif
#ifndef SPARSEAD_RULE
#define SPARSEAD_RULE(...)
#endif

/// Defined non-zero before the include: `values` replays the structure and throws sparsead::structure_changed.
#ifndef SPARSEAD_CHECKED
#define SPARSEAD_CHECKED 0
#endif
