/* Forward and backward passes of one convolutional net in C: convolutions, batch norm, ReLU and
 * pooling over a batch, with nothing of a framework between them. `native/stacks.py` says what they
 * are given; they are tested against PyTorch's. The processor is looked at when they run.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PADDED(n, to) (((n) + (to) - 1) / (to) * (to))
#define CHANNELS 16  /* channels are padded to whole vectors of any processor */
#define MOST_ROWS 16 /* images that any tile takes at once; batches are padded to so many */
#define NARROW 16    /* output channels of a tile */
#define WIDE 32
#define CACHED 32768 /* floats of maps from which weights learn at once: they stay in cache */
#define SIX 6        /* products for four pixels of a row: conv_quick.h */
#define EPS 1e-5f

enum { NOTHING, RELU, NORM };          /* before a convolution; with a norm comes a ReLU */
enum { NO_BRANCH, FIRST, SECOND };     /* of the two convolutions of a residual branch */
enum { WEIGHT, BIAS, GAMMA, BETA, MEAN, VAR, PLACES };

struct conv { /* and, as the last of a job, what comes after them */
    long cin, cout, k, stride, before, pooled, part;
    const int64_t *places; /* of its parameters; below zero where there is none */
    /* Maps: before, as it sees them (rows of `len` numbers), before pooling and after it. */
    long in_h, in_w, ci, in_row, in_col, in_image, kh, kw, len, pad_y, pad_x, h, w, co, oh, ow;
    long out_image, tile, back_tile, tiles, has_bias;
    long seen; /* of the `len` numbers, those that are not padding */
    float *in, *out, *forth, *back, *learnt, *bias, *d_bias;
    float *mean, *var, *gamma, *beta, *d_gamma, *d_beta;
    const float *weight, *own_bias;
    float *d_weight, *d_own_bias;
    uint8_t *which;
};

struct job {
    long count, height, width, channels, outputs, batch, padded, features;
    int maxima, train, measure;
    float branch;
    struct conv *convs;
    float *pooled, *scratch, *crossed, *lifted, *shared, *d, *one, *two, *out;
    const float *slope;
};

struct window { /* what a pixel sees of an image, and the weights for it */
    const float *a, *w;
    long rows, cols, len, a_row, a_col, w_row, w_col;
};

struct shape { /* of maps that are lifted; no tiles where they are not */
    long rows, wide, channels, tiles, image, lifted;
    long real; /* channels that are not padding: what products sum over */
};

struct pass { /* a convolution there, or its slopes back */
    const struct conv *c;
    const float *weights, *bias;
    long tile, panel, columns, wide, in_image, out_image;
    struct window (*window)(const struct pass *, const float *, const float *, long, long, long);
    struct shape shape;
};

struct lesson { /* maps and slopes as weights learn from them */
    long tile, kh, kw, len, seen, stride, pad_y, pad_x, in_h, in_w, in_row, in_col, in_image, h, w;
    long columns, d_col, d_row, d_image;
    int quick;
    float *learnt;
};

struct span {
    long from, count;
};

static inline long least(long a, long b) { return a < b ? a : b; }
static inline long most(long a, long b) { return a > b ? a : b; }

static struct shape shape_of(const struct conv *c, long real, long image)
{
    long channels = PADDED(real, CHANNELS), lifted = c->h * c->tiles * SIX * channels + CHANNELS;
    return (struct shape){c->h, c->w, channels, c->tiles, image, lifted, real};
}

/* Places of a kernel times `inputs`: the numbers that an output channel sees. */
static long weights_of(const struct conv *c, long inputs)
{
    return c->kh * (c->tiles ? SIX : c->kw) * inputs;
}

/* The outputs along an axis that see an input through place k of the kernel. */
static struct span span(long k, long stride, long pad, long in, long out)
{
    long from = pad > k ? (pad - k + stride - 1) / stride : 0;
    long to = in - 1 - k + pad < 0 ? 0 : least(out, (in - 1 - k + pad) / stride + 1);
    return (struct span){from, most(0, to - from)};
}

static struct window forth(const struct pass *p, const float *in, const float *w, long y, long x,
                           long columns)
{
    const struct conv *c = p->c;
    long y0 = y * c->stride - c->pad_y, x0 = x * c->stride - c->pad_x;
    long ky = most(0, -y0), kx = most(0, -x0), places = least(c->kw, c->in_w - x0) - kx;
    int whole = c->seen == c->len; /* without padding a row is one piece */
    return (struct window){
        .a = in + (y0 + ky) * c->in_row + (x0 + kx) * c->in_col,
        .w = w + (ky * c->kw + kx) * c->len * columns,
        .rows = least(c->kh, c->in_h - y0) - ky,
        .cols = whole ? 1 : places,
        .len = whole ? places * c->len : c->seen,
        .a_row = c->in_row,
        .a_col = c->in_col,
        .w_row = c->kw * c->len * columns,
        .w_col = c->len * columns,
    };
}

/* The places of a turned kernel, a stride apart, through which input `at` sees outputs. */
static struct span turned(long at, long k, long pad, long stride, long out)
{
    long far = k - 1 - pad, from = most(0, far - at), odd = (at - far + from) % stride;
    from += odd ? stride - odd : 0;
    long last = least(k - 1, (out - 1) * stride + far - at);
    return (struct span){from, last < from ? 0 : (last - from) / stride + 1};
}

static struct window back(const struct pass *p, const float *d, const float *w, long y, long x,
                          long columns)
{
    const struct conv *c = p->c;
    struct span ys = turned(y, c->kh, c->pad_y, c->stride, c->h);
    struct span xs = turned(x, c->kw, c->pad_x, c->stride, c->w);
    if (!ys.count || !xs.count)
        return (struct window){.a = d, .w = w};
    long at_y = (y - (c->kh - 1 - c->pad_y) + ys.from) / c->stride;
    long at_x = (x - (c->kw - 1 - c->pad_x) + xs.from) / c->stride;
    int whole = c->stride == 1 && c->cout == c->co; /* a row in one piece */
    return (struct window){
        .a = d + (at_y * c->w + at_x) * c->co,
        .w = w + (ys.from * c->kw + xs.from) * c->co * columns,
        .rows = ys.count,
        .cols = whole ? 1 : xs.count,
        .len = whole ? xs.count * c->co : c->cout,
        .a_row = c->w * c->co,
        .a_col = c->co,
        .w_row = c->stride * c->kw * c->co * columns,
        .w_col = c->stride * c->co * columns,
    };
}

#include "module.h"
#include "targets.h"

#if defined(__x86_64__)
TARGET("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,prefer-vector-width=512")
#define KIND avx512
#define VL 16
#define NARROW_ROWS 16
#define WIDE_ROWS 8
#include "convs.h"
#undef KIND
#undef VL
#undef NARROW_ROWS
#undef WIDE_ROWS
END_TARGET
TARGET("avx2,fma")
#define KIND avx2
#define VL 8
#define NARROW_ROWS 4
#include "convs.h"
#undef KIND
END_TARGET
#else
#define KIND generic
#define VL 4
#define NARROW_ROWS 4
#include "convs.h"
#undef KIND
#endif

struct kind {
    const char *name;
    long widest;
    void (*forward)(struct job *), (*backward)(struct job *);
    void (*packed)(const struct conv *, const float *, float, float *, float *);
    void (*packed_back)(const struct conv *, const float *, float, float *, float *);
    void (*unpacked)(const struct conv *, float, float *, float *);
};

static const struct kind KINDS[] = {
#if defined(__x86_64__)
    {"avx512", WIDE, forward_avx512, backward_avx512, packed_avx512, packed_back_avx512,
     unpacked_avx512},
    {"avx2", NARROW, forward_avx2, backward_avx2, packed_avx2, packed_back_avx2,
     unpacked_avx2},
#else
    {"generic", NARROW, forward_generic, backward_generic, packed_generic, packed_back_generic,
     unpacked_generic},
#endif
};

#include "convs_module.h"
