/* Training steps of one fully connected net in one call: products, losses and Adam without a
 * framework between them. `native/__init__.py` says when they are taken; they are tested against
 * PyTorch's. Plain C with vectors as GCC and clang have them; the processor is looked at when run.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* GCC knows AVX512-BF16 from 10 on, clang from 9 on. */
#if defined(__x86_64__) && (__GNUC__ >= 10 || __clang_major__ >= 9)
#define HAS_BF16
#include <immintrin.h>
#endif

#define ROWS 8  /* rows of buffers and weights are padded to whole tiles of any processor */
#define WIDE 32 /* and columns */
#define PADDED(n, to) (((n) + (to) - 1) / (to) * (to))

enum { PLAIN, RELU, BRANCH, BACK, MASK, ADD };
enum { CROSS_ENTROPY, SQUARED, ABSOLUTE };

struct part { /* parameters, first and second moments, averages; how they learn */
    float *p, *m, *v, *e;
    float scale, decay;
};

struct layer {
    long k, n, lda, ldo; /* inputs, outputs, and how far apart the rows of both are */
    struct part w, bias;
    uint32_t *pairs; /* the weights as operands of bf16.h */
};

struct rates {
    float lr, first, root, mean, square, eps, move;
};

struct job {
    long count, columns, outputs, batch, padded, steps, begun;
    int residual, loss, bytes, bf16;
    float branch, eps;
    double beta1, beta2;
    struct layer *layers;
    const void *data;
    const float *shift, *spread, *weights;
    const void *target;
    const int64_t *order;
    const double *lrs, *moves;
    float **h; /* the inputs of each layer */
    float *out, *slope, *d, *other, *inner, *wt, *spare;
    uint32_t *pairs; /* of one product's left side */
};

static struct part moved(struct part t, long by)
{
    t.p += by, t.m += by, t.v += by, t.e += by;
    return t;
}

/* The next batch, standardised. */
static void gather(struct job *job, long at)
{
    const int64_t *order = job->order + at * job->batch;
    for (long b = 0; b < job->batch; b++) {
        float *to = job->h[0] + b * job->layers->lda;
        if (!job->bytes) {
            const float *from = (const float *)job->data + order[b] * job->columns;
            memcpy(to, from, sizeof(float) * job->columns);
            continue;
        }
        const uint8_t *from = (const uint8_t *)job->data + order[b] * job->columns;
        for (long i = 0; i < job->columns; i++)
            to[i] = ((float)from[i] - job->shift[i]) / job->spread[i];
    }
}

/* e^x for x <= 0, to 1e-7 of it: 2^n times a polynomial (Cephes' expf); not a number stays so. */
static inline float power(float x)
{
    float y = x >= -87.0f ? x : -87.0f; /* not a number is turned into one here, and back below */
    float n = y * 1.44269504088896341f - 0.5f;
    int32_t whole = (int32_t)n;
    float r = y - whole * 0.693359375f + whole * 2.12194440e-4f;
    float z = 1.9875691500e-4f;
    z = z * r + 1.3981999507e-3f;
    z = z * r + 8.3334519073e-3f;
    z = z * r + 4.1665795894e-2f;
    z = z * r + 1.6666665459e-1f;
    z = z * r + 5.0000001201e-1f;
    z = z * r * r + r + 1;
    union { int32_t i; float f; } two = {.i = (whole + 127) << 23};
    return z * two.f + 0 * x;
}

/* The loss, and its slopes at the outputs: as `training.losses.slopes`. */
static float slopes(struct job *job, long at)
{
    const int64_t *order = job->order + at * job->batch;
    long wide = job->layers[job->count - 1].ldo, n = job->outputs;
    double loss = 0;
    for (long b = 0; b < job->batch; b++) {
        const float *z = job->out + b * wide;
        float *s = job->slope + b * wide, w = job->weights[order[b]] / job->batch;
        if (job->loss != CROSS_ENTROPY) {
            float apart = z[0] - ((const float *)job->target)[order[b]];
            int square = job->loss == SQUARED;
            s[0] = w * (square ? 2 * apart : (apart > 0) - (apart < 0) + 0 * apart);
            loss += w * (square ? apart * apart : fabsf(apart));
            continue;
        }
        long y = ((const int64_t *)job->target)[order[b]];
        float top = z[0], sum = 0;
        for (long c = 1; c < n; c++)
            top = z[c] > top || z[c] != z[c] ? z[c] : top;
        for (long c = 0; c < n; c++)
            s[c] = power(z[c] - top);
        for (long c = 0; c < n; c++)
            sum += s[c];
        for (long c = 0; c < n; c++)
            s[c] *= w / sum;
        s[y] -= w;
        loss += w * (logf(sum) - (z[y] - top));
    }
    return (float)loss;
}

static struct rates rates(const struct job *job, long at)
{
    double t = (double)(job->begun + at + 1);
    return (struct rates){
        .lr = (float)job->lrs[at],
        .first = (float)(1 - pow(job->beta1, t)),
        .root = (float)(1 / sqrt(1 - pow(job->beta2, t))),
        .mean = (float)(1 - job->beta1),
        .square = (float)(1 - job->beta2),
        .eps = job->eps,
        .move = (float)job->moves[at],
    };
}

#include "module.h"
#include "targets.h"

#if defined(__x86_64__)
TARGET("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,prefer-vector-width=512")
#define KIND avx512
#define VL 16
#define MR 8
#define NR 32
#include "kernels.h"
#undef KIND
END_TARGET
#ifdef HAS_BF16
TARGET("avx512bf16,avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,prefer-vector-width=512")
#define KIND avx512bf16
#define BF16
#include "kernels.h"
#undef BF16
#undef KIND
END_TARGET
#endif
#undef VL
#undef MR
#undef NR
TARGET("avx2,fma")
#define KIND avx2
#define VL 8
#define MR 4
#define NR 16
#include "kernels.h"
#undef KIND
END_TARGET
#else
#define KIND generic
#define VL 4
#define MR 4
#define NR 16
#include "kernels.h"
#undef KIND
#endif

struct kind {
    const char *name;
    int bf16;
    long columns; /* of a panel */
    float (*steps)(struct job *);
    void (*forward)(struct job *);
    void (*packed)(long, long, float *, float *, int);
};

static const struct kind KINDS[] = {
#if defined(__x86_64__)
    {"avx512", 0, 32, steps_avx512, forward_avx512, packed_avx512},
#ifdef HAS_BF16
    {"avx512", 1, 32, steps_avx512bf16, forward_avx512bf16, packed_avx512bf16},
#endif
    {"avx2", 0, 16, steps_avx2, forward_avx2, packed_avx2},
#else
    {"generic", 0, 16, steps_generic, forward_generic, packed_generic},
#endif
};

static int runs_here(const struct kind *kind)
{
#ifdef HAS_BF16
    __builtin_cpu_init();
    if (kind->bf16 && !__builtin_cpu_supports("avx512bf16"))
        return 0;
#endif
    return processor_has(kind->name);
}

static const struct kind *kind_of(const char *name, int bf16)
{
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(*KINDS); i++)
        if (!strcmp(KINDS[i].name, name) && KINDS[i].bf16 == bf16 && runs_here(KINDS + i))
            return KINDS + i;
    return NULL;
}

/* ---- memory -------------------------------------------------------------------------------- */
static size_t panels(const struct kind *kind, const struct layer *l)
{
    return (size_t)PADDED(l->k, ROWS) * PADDED(l->n, kind->columns);
}

static struct part part(struct arena *arena, size_t floats, struct part like)
{
    like.p = take(arena, floats);
    like.m = take(arena, floats);
    like.v = take(arena, floats);
    like.e = take(arena, floats);
    return like;
}

/* Every buffer of a job; rows an odd number of vectors apart, so that they share no cache sets. */
static void laid_out(struct job *job, const struct kind *kind, struct arena *arena)
{
    size_t turned = 0, widest = 0, paired = 0;
    for (long i = 0; i < job->count; i++) {
        struct layer *l = job->layers + i;
        l->lda = PADDED(l->k, WIDE) + 16, l->ldo = PADDED(l->n, WIDE) + 16;
        l->w = part(arena, panels(kind, l), l->w);
        l->bias = part(arena, PADDED(l->n, WIDE), l->bias);
        size_t back = (size_t)PADDED(l->k, WIDE) * l->n;
        turned = i && back > turned ? back : turned;
        widest = (size_t)l->ldo > widest ? (size_t)l->ldo : widest;
        size_t most = (size_t)(l->lda > l->ldo ? l->lda : l->ldo);
        paired = most > paired ? most : paired;
        l->pairs = job->bf16 ? (uint32_t *)take(arena, panels(kind, l) / 2) : NULL;
        if (i + 1 < job->count)
            job->h[i + 1] = take(arena, job->padded * l->ldo);
    }
    struct layer *head = job->layers + job->count - 1;
    job->h[0] = take(arena, job->padded * job->layers->lda);
    job->out = take(arena, job->padded * head->ldo);
    job->slope = take(arena, job->padded * head->ldo);
    job->d = take(arena, job->padded * widest);
    job->other = take(arena, job->padded * widest);
    job->inner = take(arena, job->padded * widest);
    job->wt = take(arena, turned);
    job->spare = take(arena, job->batch * WIDE);
    job->pairs = job->bf16 ? (uint32_t *)take(arena, job->padded * paired / 2) : NULL;
}

static void moved_in(const struct job *job, const struct kind *kind, float *const state[4],
                     const int64_t *at, int out)
{
    for (long i = 0; i < job->count; i++) {
        struct layer *l = job->layers + i;
        float *w[4] = {l->w.p, l->w.m, l->w.v, l->w.e};
        float *b[4] = {l->bias.p, l->bias.m, l->bias.v, l->bias.e};
        for (int q = 0; q < 4; q++) {
            float *weight = state[q] + at[2 * i], *bias = state[q] + at[2 * i + 1];
            kind->packed(l->k, l->n, weight, w[q], out);
            memcpy(out ? bias : b[q], out ? b[q] : bias, sizeof(float) * l->n);
        }
    }
}

/* The layers of a net of so many blocks, without their memory. */
static int layers_of(struct job *job, long blocks, long width)
{
    job->count = blocks ? 1 + (job->residual ? 1 + 2 * blocks : blocks) : 1;
    job->layers = calloc(job->count + 1, sizeof(*job->layers));
    job->h = calloc(job->count + 1, sizeof(*job->h));
    for (long i = 0; job->layers && i < job->count; i++) {
        struct layer *l = job->layers + i;
        l->k = i ? width : job->columns, l->n = i + 1 < job->count ? width : job->outputs;
    }
    return job->layers && job->h;
}

/* Memory that a job is laid out in, to be freed; NULL, with an error set, where there is none. */
static void *room(struct job *job, const struct kind *kind,
                  void (*laid)(struct job *, const struct kind *, struct arena *))
{
    struct arena arena = {0};
    laid(job, kind, &arena);
    void *memory = calloc(arena.used + 64, 1);
    if (!memory)
        return PyErr_NoMemory();
    arena = arena_in(memory);
    laid(job, kind, &arena);
    return memory;
}

/* ---- the module ---------------------------------------------------------------------------- */
static const char *wrong(const struct job *job, const Py_buffer *in, const Py_buffer state[4],
                         const Py_buffer *at, const Py_buffer *scaling)
{
    const Py_buffer *x = in, *shift = in + 1, *spread = in + 2, *y = in + 3, *w = in + 4;
    const Py_buffer *order = in + 5, *lrs = in + 6, *moves = in + 7;
    Py_ssize_t rows = w->len / (Py_ssize_t)sizeof(float), n = job->steps * job->batch;
    Py_ssize_t each = job->bytes ? 1 : (Py_ssize_t)sizeof(float);
    if (job->count < 1 || job->columns < 1 || job->outputs < 1 || job->batch < 1 || job->steps < 0)
        return "a size below one";
    if (x->len != rows * job->columns * each)
        return "x and w have different rows";
    if (job->bytes && (shift->len != job->columns * 4 || spread->len != job->columns * 4))
        return "shift and spread are not one number a column";
    if (y->len != rows * (job->loss == CROSS_ENTROPY ? 8 : 4))
        return "y and w have different rows";
    if (order->len != n * 8 || lrs->len != job->steps * 8 || moves->len != job->steps * 8)
        return "order, rates or moves are not one a step";
    for (Py_ssize_t i = 0; i < n; i++)
        if (job->order[i] < 0 || job->order[i] >= rows)
            return "a row that there is none of";
    if (job->loss == CROSS_ENTROPY)
        for (Py_ssize_t i = 0; i < n; i++) {
            int64_t label = ((const int64_t *)y->buf)[job->order[i]];
            if (label < 0 || label >= job->outputs)
                return "a class that there is none of";
        }
    if (at->len != job->count * 16 || scaling->len != job->count * 16)
        return "places or scalings are not two a layer";
    for (long i = 0; i < job->count; i++)
        for (int q = 0; q < 8; q++) {
            int64_t from = ((const int64_t *)at->buf)[2 * i + q / 4];
            int64_t size = q / 4 ? job->layers[i].n : job->layers[i].k * job->layers[i].n;
            if (from < 0 || (from + size) * 4 > state[q % 4].len)
                return "a parameter outside of its memory";
        }
    return NULL;
}

static PyObject *steps(PyObject *self, PyObject *args)
{
    (void)self;
    struct job job = {0};
    const char *name;
    Py_buffer state[4] = {0}, in[8] = {0}, at = {0}, scaling = {0};
    long blocks, width, loss;
    double branch, eps;
    PyObject *result = NULL;
    void *memory = NULL;
    if (!PyArg_ParseTuple(args, "s(lplllll)(llpp)(dddd)(w*w*w*w*)y*y*y*y*y*y*y*y*y*y*", &name,
                          &blocks, &job.residual, &job.columns, &width, &job.outputs, &job.batch,
                          &job.steps, &job.begun, &loss, &job.bytes, &job.bf16, &branch,
                          &job.beta1, &job.beta2, &eps, &state[0], &state[1], &state[2],
                          &state[3], &at, &scaling, &in[0], &in[1], &in[2], &in[3], &in[4],
                          &in[5], &in[6], &in[7]))
        return NULL;
    job.loss = (int)loss, job.branch = (float)branch, job.eps = (float)eps;
    job.padded = PADDED(job.batch, ROWS);
    job.data = in[0].buf, job.shift = in[1].buf, job.spread = in[2].buf, job.target = in[3].buf;
    job.weights = in[4].buf, job.order = in[5].buf, job.lrs = in[6].buf, job.moves = in[7].buf;
    const struct kind *kind = kind_of(name, job.bf16);
    if (!layers_of(&job, blocks, width)) {
        PyErr_NoMemory();
        goto end;
    }
    const char *why = kind ? wrong(&job, in, state, &at, &scaling) : "no such kind here";
    if (why) {
        PyErr_SetString(PyExc_ValueError, why);
        goto end;
    }
    for (long i = 0; i < job.count; i++) {
        const float *s = (const float *)scaling.buf + 4 * i;
        job.layers[i].w.scale = s[0], job.layers[i].w.decay = s[1];
        job.layers[i].bias.scale = s[2], job.layers[i].bias.decay = s[3];
    }
    if (!(memory = room(&job, kind, laid_out)))
        goto end;
    float *flat[4] = {state[0].buf, state[1].buf, state[2].buf, state[3].buf}, last;
    Py_BEGIN_ALLOW_THREADS
    moved_in(&job, kind, flat, at.buf, 0);
    last = kind->steps(&job);
    moved_in(&job, kind, flat, at.buf, 1);
    Py_END_ALLOW_THREADS
    result = PyFloat_FromDouble(last);
end:
    free(memory);
    free(job.layers);
    free(job.h);
    for (int i = 0; i < 4; i++)
        PyBuffer_Release(&state[i]);
    for (int i = 0; i < 8; i++)
        PyBuffer_Release(&in[i]);
    PyBuffer_Release(&at);
    PyBuffer_Release(&scaling);
    return result;
}

#include "outputs.h"

static PyObject *kinds(PyObject *self, PyObject *args)
{
    (void)self;
    int bf16;
    if (!PyArg_ParseTuple(args, "p", &bf16))
        return NULL;
    PyObject *found = PyList_New(0);
    for (size_t i = 0; found && i < sizeof(KINDS) / sizeof(*KINDS); i++)
        if (KINDS[i].bf16 == bf16 && runs_here(KINDS + i))
            found = with_name(found, KINDS[i].name);
    return found;
}

static PyMethodDef METHODS[] = {
    {"steps", steps, METH_VARARGS, "Train one net for some steps; the last loss."},
    {"outputs", outputs, METH_VARARGS, "Write the outputs of nets on rows."},
    {"kinds", kinds, METH_VARARGS, "The kinds of processor whose kernels run here, fastest first."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_steps", .m_size = 0, .m_methods = METHODS};

PyMODINIT_FUNC PyInit__steps(void) { return PyModule_Create(&MODULE); }
