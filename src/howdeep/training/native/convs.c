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
#define EPS 1e-5f

enum { NOTHING, RELU, NORM };          /* before a convolution; with a norm comes a ReLU */
enum { NO_BRANCH, FIRST, SECOND };     /* of the two convolutions of a residual branch */
enum { WEIGHT, BIAS, GAMMA, BETA, MEAN, VAR, PLACES };

struct conv { /* and, as the last of a job, what comes after them */
    long cin, cout, k, stride, before, pooled, part;
    const int64_t *places; /* of its parameters; below zero where there is none */
    /* Maps: before, as it sees them (rows of `len` numbers), before pooling and after it. */
    long in_h, in_w, ci, in_row, in_col, in_image, kh, kw, len, pad_y, pad_x, h, w, co, oh, ow;
    long out_image, tile, back_tile, has_bias;
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
    float *pooled, *scratch, *d, *one, *two, *out;
    const float *slope;
};

struct window { /* what a pixel sees of an image, and the weights for it */
    const float *a, *w;
    long rows, cols, len, a_row, a_col, w_row, w_col;
};

struct pass { /* a convolution there, or its slopes back */
    const struct conv *c;
    const float *weights, *bias;
    long tile, panel, columns, wide, in_image, out_image;
    struct window (*window)(const struct pass *, const float *, const float *, long, long, long);
};

struct span {
    long from, count;
};

static inline long least(long a, long b) { return a < b ? a : b; }
static inline long most(long a, long b) { return a > b ? a : b; }

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
    long ky = most(0, -y0), kx = most(0, -x0);
    return (struct window){
        .a = in + (y0 + ky) * c->in_row + (x0 + kx) * c->in_col,
        .w = w + (ky * c->kw + kx) * c->len * columns,
        .rows = least(c->kh, c->in_h - y0) - ky,
        .cols = 1,
        .len = (least(c->kw, c->in_w - x0) - kx) * c->len,
        .a_row = c->in_row,
        .w_row = c->kw * c->len * columns,
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
    int whole = c->stride == 1; /* a row in one piece */
    return (struct window){
        .a = d + (at_y * c->w + at_x) * c->co,
        .w = w + (ys.from * c->kw + xs.from) * c->co * columns,
        .rows = ys.count,
        .cols = whole ? 1 : xs.count,
        .len = whole ? xs.count * c->co : c->co,
        .a_row = c->w * c->co,
        .a_col = c->co,
        .w_row = c->stride * c->kw * c->co * columns,
        .w_col = c->stride * c->co * columns,
    };
}

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
};

static const struct kind KINDS[] = {
#if defined(__x86_64__)
    {"avx512", WIDE, forward_avx512, backward_avx512},
    {"avx2", NARROW, forward_avx2, backward_avx2},
#else
    {"generic", NARROW, forward_generic, backward_generic},
#endif
};

/* ---- weights -----------------------------------------------------------------------------------*/
/* (outputs, inputs, k, k) times `scale` as panels of c->tile outputs, each (k, k, inputs, tile). */
static void packed(const struct conv *c, const float *w, float scale, float *to)
{
    long all = c->k * c->k, inputs = c->len * c->kw / c->k, apart = c->cin * all;
    for (long block = 0; block < c->co; block += c->tile, to += all * inputs * c->tile)
        for (long i = 0; i < c->cin; i++)
            for (long t = 0; t < all; t++) {
                float *row = to + (t * inputs + i) * c->tile;
                const float *from = w + block * apart + i * all + t;
                for (long o = 0, end = least(c->tile, c->cout - block); o < end; o++)
                    row[o] = scale * from[o * apart];
            }
}

/* The same for the way back: the kernel turned, panels of inputs, each (k, k, outputs, tile). */
static void packed_back(const struct conv *c, const float *w, float scale, float *to)
{
    long all = c->k * c->k, tile = c->back_tile;
    for (long block = 0; block < c->ci; block += tile, to += all * c->co * tile)
        for (long o = 0; o < c->cout; o++)
            for (long t = 0; t < all; t++) {
                float *row = to + (t * c->co + o) * tile;
                const float *from = w + (o * c->cin + block) * all + all - 1 - t;
                for (long i = 0, end = least(tile, c->cin - block); i < end; i++)
                    row[i] = scale * from[i * all];
            }
}

/* c->learnt times `scale` as (outputs, inputs, k, k). */
static void unpacked(const struct conv *c, float scale, float *w)
{
    long all = c->k * c->k, inputs = c->len * c->kw / c->k, apart = c->cin * all;
    long high = PADDED(c->len, MOST_ROWS), beside = c->k / c->kw; /* of a kernel, in one place */
    const float *panel = c->learnt;
    for (long block = 0; block < c->co; block += c->tile, panel += c->kh * c->kw * high * c->tile)
        for (long i = 0; i < c->cin; i++)
            for (long t = 0; t < all; t++) {
                const float *row = panel + (t / beside * high + t % beside * inputs + i) * c->tile;
                float *to = w + block * apart + i * all + t;
                for (long o = 0, end = least(c->tile, c->cout - block); o < end; o++)
                    to[o * apart] = scale * row[o];
            }
}

#include "convs_module.h"
