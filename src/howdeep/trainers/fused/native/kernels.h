/* Kernels for one processor: included by steps.c once for each that is told apart.
 *
 * Wants FN(name): the name with the processor's own ending, VL: floats in a vector, MR x NR: the
 * tile of a product that stays in registers. A weight (I, O) is kept as panels of NR columns, each
 * panel (I, NR) in one piece, I padded to a multiple of ROWS and O to one of NR, with zeros.
 */

#include "vectors.h"
#define NV (NR / VL)

#define OPERANDS(n) (((n) + EACH - 1) / EACH)
#ifdef BF16
#include "bf16.h"
#else
#include "fp32.h"
#endif

/* acc (MR, NR) = a (MR, k) b (k, NR), k operands; a[r][i] lies at a + r * rs + i * cs, b in one
 * piece. */
INLINE void FN(tile)(long k, const FN(operand) *a, long rs, long cs, const FN(operand) *b,
                     FN(vec) acc[MR][NV])
{
    for (int r = 0; r < MR; r++)
        for (int n = 0; n < NV; n++)
            acc[r][n] = (FN(vec)){0};
    for (long i = 0; i < k; i++) {
        FN(operands) right[NV];
        for (int n = 0; n < NV; n++)
            right[n] = *(const FN(operands) *)(b + i * NR + n * VL);
        for (int r = 0; r < MR; r++) {
            FN(operand) left = a[r * rs + i * cs];
            for (int n = 0; n < NV; n++)
                acc[r][n] = FN(plus)(acc[r][n], left, right[n]);
        }
    }
}

/* out (rows, n) = a (rows, k operands) times panels of NR columns, each k operands long and
 * `panel` apart, and then
 * forwards, with a bias: PLAIN; RELU: cut at zero; BRANCH: other + s times that;
 * backwards, without: BACK; MASK: only where other is above zero; ADD: added to out. */
INLINE void FN(product)(int how, long rows, long k, long n, const FN(operand) *a,
                        const FN(operand) *panels, long panel, const float *bias,
                        const float *other, float s, float *out, long lda, long ldo)
{
    for (long j = 0; j < n; j += NR, panels += panel)
        for (long i = 0; i < rows; i += MR) {
            FN(vec) acc[MR][NV];
            FN(tile)(k, a + i * lda, lda, 1, panels, acc);
            for (int r = 0; r < MR; r++)
                for (int v = 0; v < NV; v++) {
                    long at = (i + r) * ldo + j + v * VL;
                    FN(vec) x = acc[r][v];
                    if (how == PLAIN || how == RELU || how == BRANCH)
                        x += READ(bias + j + v * VL);
                    if (how == RELU)
                        x = FN(cut)(x, x);
                    if (how == BRANCH)
                        x = READ(other + at) + s * x;
                    if (how == MASK)
                        x = FN(cut)(x, READ(other + at));
                    if (how == ADD)
                        x += READ(out + at);
                    AT(out + at) = x;
                }
        }
}

/* One Adam step of `count` parameters down g, and the average of their values. */
INLINE void FN(adam)(long count, const float *restrict g, struct part t, const struct rates *how)
{
    float *restrict p = t.p, *restrict m = t.m, *restrict v = t.v, *restrict e = t.e;
    float keep = 1 - how->lr * t.scale * t.decay, step = how->lr * t.scale / how->first;
    float mean = how->mean, square = how->square, root = how->root, eps = how->eps;
    float move = how->move;
    for (long i = 0; i < count; i++) {
        float a = m[i] + (g[i] - m[i]) * mean;
        float b = v[i] * (1 - square) + g[i] * g[i] * square;
        float x = p[i] * keep - step * a / (sqrtf(b) * root + eps);
        m[i] = a;
        v[i] = b;
        p[i] = x;
        e[i] += (x - e[i]) * move;
    }
}

/* A layer learns from its inputs, as operands `lda` apart along the rows, and the slopes d
 * (rows, n) at its outputs. */
static void FN(learn)(const struct layer *l, long rows, const FN(operand) *a, const float *d,
                      const struct rates *how, FN(operand) *spare)
{
    long high = PADDED(l->k, ROWS);
    for (long j = 0; j < l->n; j += NR) {
        FN(vec) sum[NV] = {0};
        FN(spread)(rows, d + j, l->ldo, spare, sum);
        FN(adam)(NR, (const float *)sum, moved(l->bias, j), how);
        for (long i = 0; i < high; i += MR) {
            FN(vec) acc[MR][NV];
            float g[MR * NR];
            FN(tile)(OPERANDS(rows), a + i, 1, l->lda, spare, acc);
            for (int r = 0; r < MR; r++)
                for (int v = 0; v < NV; v++)
                    AT(g + r * NR + v * VL) = acc[r][v];
            FN(adam)(MR * NR, g, moved(l->w, j * high + i * NR), how);
            FN(renewed)(l, j * high + i * NR, MR);
        }
    }
}

/* A layer's weights from rows of n to panels, or `out` of them. */
static void FN(packed)(long k, long n, float *rows, float *panels, int out)
{
    long high = PADDED(k, ROWS);
    for (long j = 0; j < n; j += NR, panels += high * NR) {
        size_t wide = sizeof(float) * (n - j < NR ? n - j : NR);
        for (long i = 0; i < k; i++) {
            float *one = rows + i * n + j, *other = panels + i * NR;
            memcpy(out ? one : other, out ? other : one, wide);
        }
    }
}

#include "net.h"

#undef NV
#undef OPERANDS
#undef EACH
