/* How a header is compiled once for each processor that is told apart: names with its ending, and
 * instructions that only those functions may use; whoever calls them has asked the processor.
 */

#define JOIN(a, b) a##b
#define NAMED(a, b) JOIN(a, b)
#define FN(name) NAMED(name##_, KIND)

#if defined(__clang__)
#define TARGET(names) DO(clang attribute push(__attribute__((target(names))), apply_to = function))
#define END_TARGET _Pragma("clang attribute pop")
#else
#define TARGET(names) _Pragma("GCC push_options") DO(GCC target(names))
#define END_TARGET _Pragma("GCC pop_options")
#endif
#define DO(text) _Pragma(#text)

#define INLINE static inline __attribute__((always_inline))
