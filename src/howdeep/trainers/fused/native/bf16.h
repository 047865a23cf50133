/* Products of numbers rounded to bfloat16, to the nearest and ties to even, added up in fp32; what
 * `fp32.h` has of numbers themselves. An operand is two of them, the first in the lower half:
 * AVX512-BF16 multiplies and adds both at once. Included by kernels.h with NR 32 and VL 16.
 */

#define EACH 2 /* numbers in an operand, side by side along the axis that is summed */
typedef uint32_t FN(operand);
typedef FN(bits) FN(operands);

INLINE FN(vec) FN(plus)(FN(vec) acc, FN(operand) left, FN(operands) right)
{
    __m512i every = _mm512_set1_epi32((int)left);
    return (FN(vec))_mm512_dpbf16_ps((__m512)acc, (__m512bh)every, (__m512bh)right);
}

/* 32 numbers, rounded. */
INLINE __m512i FN(rounded)(const float *from)
{
    __m512 low = _mm512_loadu_ps(from), high = _mm512_loadu_ps(from + VL);
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

/* 32 columns of two rows as 32 operands. */
INLINE void FN(paired)(const float *one, const float *other, uint32_t *to)
{
    __m512i a = FN(rounded)(one), b = FN(rounded)(other);
    __m512i at = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    __m512i first = _mm512_or_si512(_mm512_slli_epi32(at, 16), at);
    __m512i low = _mm512_add_epi32(first, _mm512_set1_epi32(32 << 16)); /* 0, 32, 1, 33, .. */
    __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(16 << 16 | 16));
    _mm512_storeu_si512(to, _mm512_permutex2var_epi16(a, low, b));
    _mm512_storeu_si512(to + VL, _mm512_permutex2var_epi16(a, high, b));
}

/* The rows of h (rows, n), `ld` apart, as operands along n: (rows, ld / 2). */
static const uint32_t *FN(by_rows)(struct job *job, const float *h, long ld, long n)
{
    for (long b = 0; b < job->padded; b++)
        for (long j = 0; j < n; j += NR)
            _mm512_storeu_si512(job->pairs + (b * ld + j) / 2, FN(rounded)(h + b * ld + j));
    return job->pairs;
}

/* The same as operands along the rows: (rows / 2, ld). */
static const uint32_t *FN(by_columns)(struct job *job, const float *h, long ld, long n)
{
    for (long b = 0; b < job->batch; b += 2)
        for (long j = 0; j < n; j += NR)
            FN(paired)(h + b * ld + j, h + (b + 1) * ld + j, job->pairs + b / 2 * ld + j);
    return job->pairs;
}

/* NR columns of the slopes d (rows, ..) in one piece, and their sums, which nothing rounds. */
INLINE void FN(spread)(long rows, const float *d, long ldd, uint32_t *spare, FN(vec) sum[NV])
{
    for (long b = 0; b < rows; b += 2)
        FN(paired)(d + b * ldd, d + (b + 1) * ldd, spare + b / 2 * NR);
    for (long b = 0; b < rows; b++)
        for (int c = 0; c < NV; c++)
            sum[c] += READ(d + b * ldd + c * VL);
}

/* wt: the transpose of w (k, n) as panels of NR of its k columns, each (n / 2, NR) operands. */
static void FN(turned)(long k, long n, const float *w, uint32_t *wt)
{
    long high = PADDED(k, ROWS), pairs = OPERANDS(n);
    for (long i = 0; i < k; i += NR, wt += pairs * NR)
        for (long j = 0; j < pairs; j += VL)
            for (long c = 0; c < NR; c += VL) {
                const float *from = w + 2 * j * high + (i + c) * NR;
                FN(vec) v[VL] = {0};
                for (int r = 0; r < VL && i + c + r < high; r++)
                    v[r] = (FN(vec))FN(rounded)(from + r * NR);
                FN(transposed)(v);
                for (int p = 0; p < VL && j + p < pairs; p++)
                    _mm512_storeu_si512(wt + (j + p) * NR + c, (__m512i)v[p]);
            }
}

/* A layer's weights as operands; `renewed` when `rows` of a panel have learnt. */
INLINE const uint32_t *FN(weights)(const struct layer *l)
{
    return l->pairs;
}

INLINE void FN(renewed)(const struct layer *l, long at, long rows)
{
    for (const float *w = l->w.p + at, *end = w + rows * NR; w < end; w += 2 * NR, at += 2 * NR)
        FN(paired)(w, w + NR, l->pairs + at / 2);
}
