/* What both modules need around their kernels: which processor runs them, and memory in one piece. */

/* Whether this processor has what TARGET lets the kernels of this name use. */
static int processor_has(const char *name)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!strcmp(name, "avx512"))
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("fma");
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    (void)name;
    return 1;
#endif
}

/* The list with one more name; NULL, with an error set, where there is no memory for it. */
static PyObject *with_name(PyObject *list, const char *text)
{
    PyObject *name = list ? PyUnicode_FromString(text) : NULL;
    if (!name || PyList_Append(list, name))
        Py_CLEAR(list);
    Py_XDECREF(name);
    return list;
}

struct arena {
    char *memory;
    size_t used;
};

/* So many floats from a cache line's start, and a line that a tile may read beyond them; counted
 * only while there is no memory. */
static float *take(struct arena *arena, size_t floats)
{
    size_t at = arena->used;
    arena->used += PADDED(floats * sizeof(float), 64) + 64;
    return arena->memory ? (float *)(arena->memory + at) : NULL;
}

/* An arena in `memory`, which has 64 bytes more than it will take. */
static struct arena arena_in(void *memory)
{
    return (struct arena){(char *)memory + (64 - (uintptr_t)memory % 64) % 64, 0};
}
