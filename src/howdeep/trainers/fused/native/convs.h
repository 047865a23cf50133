/* Forward and backward passes of one convolutional net for one processor: included by convs.c.
 *
 * Maps lie channels last, channels padded to whole vectors with zeros; a product takes the same
 * pixel of many images at once, so that what lies beyond an image's edge is left out, not
 * multiplied with zero. Wants FN(name), VL and the tiles' sizes.
 */

#include "vectors.h"
typedef uint8_t FN(bytes) __attribute__((vector_size(VL), aligned(1)));

#include "conv_quick.h"
#include "conv_weights.h"

#define TILE(name) FN(name##_narrow)
#define MR NARROW_ROWS
#define NV (NARROW / VL)
#include "conv_tiles.h"
#undef TILE
#undef MR
#undef NV
#ifdef WIDE_ROWS
#define TILE(name) FN(name##_wide)
#define MR WIDE_ROWS
#define NV (WIDE / VL)
#include "conv_tiles.h"
#undef TILE
#undef MR
#undef NV
#endif

static void FN(mapped)(const struct pass *p, const float *in, float *out, const float *other,
                       long from, long to)
{
    int quick = p->shape.tiles > 0;
#ifdef WIDE_ROWS
    if (p->tile == WIDE) {
        (quick ? FN(quick_wide) : FN(map_wide))(p, in, out, other, from, to);
        return;
    }
#endif
    (quick ? FN(quick_narrow) : FN(map_narrow))(p, in, out, other, from, to);
}

static void FN(learned)(const struct lesson *l, const float *in, const float *d, long images)
{
#ifdef WIDE_ROWS
    if (l->tile == WIDE) {
        FN(learn_wide)(l, in, d, images);
        return;
    }
#endif
    FN(learn_narrow)(l, in, d, images);
}

/* Images that one tile takes at once. */
static long FN(rows)(long tile)
{
#ifdef WIDE_ROWS
    if (tile == WIDE)
        return WIDE_ROWS;
#endif
    (void)tile;
    return NARROW_ROWS;
}

/* ---- max pooling of 2 x 2 pixels; the first of equal ones counts -------------------------------*/
/* A row of pooled pixels from two rows of pixels of `images` images. */
static void FN(pooled)(const struct conv *c, const float *in, float *out, uint8_t *which, long row,
                       long images)
{
    long next = c->w * c->co, place = row * c->ow * c->co;
    for (long b = 0; b < images; b++)
        for (long x = 0; x < c->ow; x++)
            for (long v = 0; v < c->co; v += VL) {
                const float *from = in + b * 2 * next + 2 * x * c->co + v;
                FN(vec) top = READ(from);
                FN(bits) at = {0};
                for (int q = 1; q < 4; q++) {
                    FN(vec) one = READ(from + q / 2 * next + q % 2 * c->co);
                    FN(bits) more = (one > top) | (one != one);
                    top = (FN(vec))(((FN(bits))one & more) | ((FN(bits))top & ~more));
                    at = (q & more) | (at & ~more);
                }
                AT(out + b * c->out_image + place + x * c->co + v) = top;
                *(FN(bytes) *)(which + b * c->out_image + place + x * c->co + v) =
                    __builtin_convertvector(at, FN(bytes));
            }
}

/* Slopes before pooling, (h, w, co) an image, from those after it. */
static void FN(spread)(const struct conv *c, const float *d, const uint8_t *which, float *out,
                       long images)
{
    long next = c->w * c->co, image = c->h * next;
    for (long b = 0; b < images; b++) {
        for (long y = c->oh * 2; y < c->h; y++) /* what pooling left out */
            memset(out + b * image + y * next, 0, sizeof(float) * next);
        for (long y = 0; y < c->oh; y++)
            for (long x = 0; x < c->w; x++)
                for (long v = 0; v < c->co; v += VL) {
                    float *to = out + b * image + 2 * y * next + x * c->co + v;
                    if (x / 2 >= c->ow) {
                        AT(to) = AT(to + next) = (FN(vec)){0};
                        continue;
                    }
                    long place = b * c->out_image + (y * c->ow + x / 2) * c->co + v;
                    FN(bits) at = __builtin_convertvector(*(const FN(bytes) *)(which + place),
                                                          FN(bits));
                    FN(bits) slope = (FN(bits))READ(d + place);
                    AT(to) = (FN(vec))(slope & (at == (int)(x % 2)));
                    AT(to + next) = (FN(vec))(slope & (at == (int)(2 + x % 2)));
                }
    }
}

/* ---- batch norm and ReLU -----------------------------------------------------------------------*/
/* Sums over the pixels of an image, for the channels from v on: of h, or of (h - mean)^2. */
INLINE FN(vec) FN(total)(const struct conv *c, const float *h, long v, int squares, FN(vec) mean)
{
    FN(vec) sum[4] = {{0}};
    for (long i = 0, n = c->in_h * c->in_w; i < n; i++) {
        FN(vec) x = READ(h + i * c->ci + v);
        sum[i % 4] += squares ? (x - mean) * (x - mean) : x;
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* The batch's mean and variance of each channel. */
static void FN(measured)(const struct conv *c, const float *h, long batch)
{
    double n = (double)batch * c->in_h * c->in_w;
    for (long v = 0; v < c->ci; v += VL) {
        double sum[VL] = {0}, squares[VL] = {0};
        for (long b = 0; b < batch; b++) {
            FN(vec) one = FN(total)(c, h + b * c->in_image, v, 0, (FN(vec)){0});
            for (int i = 0; i < VL; i++)
                sum[i] += one[i];
        }
        for (int i = 0; i < VL; i++)
            c->mean[v + i] = (float)(sum[i] / n);
        for (long b = 0; b < batch; b++) {
            FN(vec) one = FN(total)(c, h + b * c->in_image, v, 1, READ(c->mean + v));
            for (int i = 0; i < VL; i++)
                squares[i] += one[i];
        }
        for (int i = 0; i < VL; i++)
            c->var[v + i] = (float)(squares[i] / n);
    }
}

/* c->in: what comes before the convolution, of the maps h. */
static void FN(before)(const struct job *job, const struct conv *c, const float *h)
{
    float *scale = job->scratch, *shift = scale + c->ci;
    if (c->before == NORM) {
        if (job->measure)
            FN(measured)(c, h, job->batch);
        for (long i = 0; i < c->ci; i++) {
            scale[i] = c->gamma[i] / sqrtf(c->var[i] + EPS);
            shift[i] = c->beta[i] - c->mean[i] * scale[i];
        }
    }
    long pixels = c->in_h * c->in_w;
    for (long b = 0; b < job->batch; b++)
        for (long i = 0; i < pixels; i++)
            for (long v = 0; v < c->ci; v += VL) {
                long at = b * c->in_image + i * c->ci + v;
                FN(vec) x = READ(h + at);
                if (c->before == NORM)
                    x = x * READ(scale + v) + READ(shift + v);
                AT(c->in + at) = FN(cut)(x, x);
            }
}

/* The slopes at the maps h, from those at c->in, d, which are overwritten, or added to `sum`. */
static void FN(before_back)(const struct job *job, const struct conv *c, const float *h, float *d,
                            float *sum)
{
    long pixels = c->in_h * c->in_w;
    double n = (double)job->batch * pixels;
    for (long v = 0; v < c->ci; v += VL) {
        FN(vec) scale = {0}, mean = {0}, level = {0}, tilt = {0};
        if (c->before == NORM) {
            double sums[VL] = {0}, products[VL] = {0};
            mean = READ(c->mean + v);
            for (long b = 0; b < job->batch; b++) {
                FN(vec) one[2] = {{0}}, two[2] = {{0}};
                for (long i = 0; i < pixels; i++) {
                    long at = b * c->in_image + i * c->ci + v;
                    FN(vec) slope = FN(cut)(READ(d + at), READ(c->in + at));
                    one[i % 2] += slope;
                    two[i % 2] += slope * (READ(h + at) - mean);
                }
                FN(vec) whole = one[0] + one[1], product = two[0] + two[1];
                for (int i = 0; i < VL; i++)
                    sums[i] += whole[i], products[i] += product[i];
            }
            for (int i = 0; i < VL; i++) {
                double root = 1 / sqrt((double)c->var[v + i] + EPS);
                c->d_beta[v + i] = (float)sums[i];
                c->d_gamma[v + i] = (float)(products[i] * root);
                scale[i] = (float)(c->gamma[v + i] * root);
                level[i] = (float)(sums[i] / n);
                tilt[i] = (float)(products[i] * root * root / n);
            }
        }
        for (long b = 0; b < job->batch; b++)
            for (long i = 0; i < pixels; i++) {
                long at = b * c->in_image + i * c->ci + v;
                FN(vec) slope = FN(cut)(READ(d + at), READ(c->in + at));
                if (c->before == NORM)
                    slope = scale * (slope - level - (READ(h + at) - mean) * tilt);
                if (sum)
                    AT(sum + at) += slope;
                else
                    AT(d + at) = slope;
            }
    }
}

/* ---- convolutions ------------------------------------------------------------------------------*/
/* c->out from c->in; a branch is added to the maps `other`. */
static void FN(through)(const struct job *job, const struct conv *c, const float *other)
{
    struct pass p = {.c = c, .weights = c->forth, .bias = c->has_bias ? c->bias : NULL,
                     .tile = c->tile, .panel = weights_of(c, c->len) * c->tile,
                     .columns = c->co, .wide = c->w, .in_image = c->in_image,
                     .out_image = c->pooled ? 2 * c->w * c->co : c->out_image, .window = forth,
                     .shape = shape_of(c, c->cin, c->in_image)};
    long images = FN(rows)(c->tile);
    for (long b = 0; b < job->padded; b += images) {
        const float *in = c->in + b * c->in_image;
        float *out = c->out + b * c->out_image;
        if (c->tiles) {
            FN(lifted)(&p.shape, in, job->lifted, images);
            in = job->lifted;
        }
        if (!c->pooled)
            FN(mapped)(&p, in, out, other ? other + b * c->out_image : NULL, 0, c->h);
        for (long y = 0; c->pooled && y < c->oh; y++) {
            FN(mapped)(&p, in, job->scratch, NULL, 2 * y, 2 * y + 2);
            FN(pooled)(c, job->scratch, out, c->which + b * c->out_image, y, images);
        }
    }
}

/* What c learns from the maps `in` and the slopes d of some images, to c->learnt. */
static void FN(learns)(const struct job *job, const struct conv *c, const float *in, const float *d,
                       long d_image, long images)
{
    struct lesson l = {.tile = c->tile, .kh = c->kh, .kw = c->kw, .len = c->len, .seen = c->seen,
                       .stride = c->stride, .pad_y = c->pad_y, .pad_x = c->pad_x, .in_h = c->in_h,
                       .in_w = c->in_w, .in_row = c->in_row, .in_col = c->in_col,
                       .in_image = c->in_image, .h = c->h, .w = c->w, .columns = c->co,
                       .d_col = c->co, .d_row = c->w * c->co, .d_image = d_image,
                       .learnt = c->learnt};
    struct shape from = shape_of(c, c->cin, c->in_image), to = shape_of(c, c->cout, d_image);
    if (c->tiles) {
        l.quick = 1, l.kw = SIX, l.w = c->tiles;
        l.in_col = SIX * c->ci, l.in_row = c->tiles * l.in_col, l.in_image = from.lifted;
        l.d_col = SIX * c->co, l.d_row = c->tiles * l.d_col, l.d_image = to.lifted;
    }
    long few = most(1, CACHED / (l.in_image + l.d_image));
    for (long b = 0; b < images; b += few) {
        long some = least(few, images - b);
        const float *maps = in + b * c->in_image, *slopes = d + b * d_image;
        if (c->tiles) {
            FN(lifted)(&from, maps, job->lifted, some);
            FN(shared)(&to, slopes, job->shared, some);
            maps = job->lifted, slopes = job->shared;
        }
        FN(learned)(&l, maps, slopes, some);
    }
}

/* The slopes at c->in, to `into` where it is not NULL, from those at c->out, d; and c->learnt. */
static void FN(returned)(const struct job *job, const struct conv *c, const float *d, float *into)
{
    long d_image = c->pooled ? c->h * c->w * c->co : c->out_image;
    struct pass p = {.c = c, .weights = c->back, .tile = c->back_tile,
                     .panel = weights_of(c, c->co) * c->back_tile, .columns = c->ci,
                     .wide = c->in_w, .in_image = d_image, .out_image = c->in_image,
                     .window = back, .shape = shape_of(c, c->cout, d_image)};
    long at_once = into ? MOST_ROWS : 1, images = FN(rows)(p.tile);
    for (long b = 0; b < job->padded; b += at_once) {
        const float *slope = d + b * c->out_image;
        if (c->pooled) {
            FN(spread)(c, slope, c->which + b * c->out_image, job->scratch, at_once);
            slope = job->scratch;
        }
        long real = most(0, least(at_once, job->batch - b));
        FN(learns)(job, c, c->in + b * c->in_image, slope, d_image, real);
        for (long r = 0; into && r < at_once; r += images) {
            const float *from = slope + r * d_image;
            if (c->tiles) {
                FN(lifted)(&p.shape, from, job->lifted, images);
                from = job->lifted;
            }
            FN(mapped)(&p, from, into + (b + r) * c->in_image, NULL, 0, c->in_h);
        }
    }
    for (long v = 0; c->has_bias && v < c->co; v += VL) {
        FN(vec) all = {0};
        for (long b = 0; b < job->batch; b++) {
            FN(vec) sum = {0};
            for (long i = 0; i < c->oh * c->ow; i++)
                sum += READ(d + b * c->out_image + i * c->co + v);
            all += sum;
        }
        AT(c->d_bias + v) = all;
    }
}

#include "conv_head.h"

static void FN(forward)(struct job *job)
{
    for (long i = 0; i <= job->count; i++) {
        struct conv *c = job->convs + i;
        if (i)
            FN(before)(job, c, c[-1].out);
        if (i < job->count)
            FN(through)(job, c, c->part == SECOND ? c[-2].out : NULL);
    }
    FN(head)(job);
}

static void FN(backward)(struct job *job)
{
    float *d = job->d, *one = job->one, *two = job->two;
    FN(head_back)(job, d);
    FN(before_back)(job, job->convs + job->count, job->convs[job->count - 1].out, d, NULL);
    for (long i = job->count - 1; i >= 0; i--) {
        struct conv *c = job->convs + i;
        if (c->part == SECOND) { /* d goes on beside the branch */
            FN(returned)(job, c, d, one);
            FN(before_back)(job, c, c[-1].out, one, NULL);
            FN(returned)(job, --c, one, two);
            FN(before_back)(job, c, c[-1].out, two, d);
            i--;
        } else {
            FN(returned)(job, c, d, i ? one : NULL);
            if (i)
                FN(before_back)(job, c, c[-1].out, one, NULL);
            float *swap = d;
            d = one, one = swap;
        }
    }
}

