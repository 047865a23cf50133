/* Products of the numbers themselves; included by kernels.h, which `bf16.h` serves otherwise. */

#define EACH 1 /* numbers in an operand, side by side along the axis that is summed */
typedef float FN(operand);
typedef FN(vec) FN(operands);

INLINE FN(vec) FN(plus)(FN(vec) acc, FN(operand) left, FN(operands) right)
{
    return acc + left * right;
}

/* The rows of h (rows, n), `ld` apart, as operands along n, and along the rows. */
INLINE const float *FN(by_rows)(struct job *job, const float *h, long ld, long n)
{
    (void)job, (void)ld, (void)n;
    return h;
}

INLINE const float *FN(by_columns)(struct job *job, const float *h, long ld, long n)
{
    (void)job, (void)ld, (void)n;
    return h;
}

/* NR columns of the slopes d (rows, ..) in one piece, and their sums. */
INLINE void FN(spread)(long rows, const float *d, long ldd, float *spare, FN(vec) sum[NV])
{
    for (long b = 0; b < rows; b++)
        for (int c = 0; c < NV; c++) {
            FN(vec) x = READ(d + b * ldd + c * VL);
            AT(spare + b * NR + c * VL) = x;
            sum[c] += x;
        }
}

/* wt: the transpose of w (k, n) as panels of NR of its k columns, each (n, NR). */
static void FN(turned)(long k, long n, const float *w, float *wt)
{
    long high = PADDED(k, ROWS);
    for (long i = 0; i < k; i += NR, wt += n * NR)
        for (long j = 0; j < n; j += VL)
            for (long c = 0; c < NR; c += VL) {
                const float *from = w + j / NR * high * NR + j % NR + (i + c) * NR;
                FN(vec) v[VL] = {0};
                for (int r = 0; r < VL && i + c + r < high; r++)
                    v[r] = READ(from + r * NR);
                FN(transposed)(v);
                for (int q = 0; q < VL && j + q < n; q++)
                    AT(wt + (j + q) * NR + c) = v[q];
            }
}

/* A layer's weights as operands; `renewed` when `rows` of a panel have learnt. */
INLINE const float *FN(weights)(const struct layer *l)
{
    return l->w.p;
}

INLINE void FN(renewed)(const struct layer *l, long at, long rows)
{
    (void)l, (void)at, (void)rows;
}
