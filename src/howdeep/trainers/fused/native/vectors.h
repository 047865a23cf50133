/* Vectors of one processor: included by kernels.h and convs.h.
 * Wants FN(name) and VL: floats in a vector. */

typedef float FN(vec) __attribute__((vector_size(4 * VL), aligned(4)));
typedef int FN(bits) __attribute__((vector_size(4 * VL), aligned(4)));
#define AT(pointer) (*(FN(vec) *)(pointer))
#define READ(pointer) (*(const FN(vec) *)(pointer))

/* x where `by` is above zero or not a number, else 0: what is not finite is to be seen. */
INLINE FN(vec) FN(cut)(FN(vec) x, FN(vec) by)
{
    return (FN(vec))((FN(bits))x & ~(by <= 0));
}

/* VL vectors as a matrix, turned. */
INLINE void FN(transposed)(FN(vec) v[VL])
{
#if defined(__clang__)
    for (int r = 0; r < VL; r++)
        for (int q = 0; q < r; q++) {
            float one = v[r][q];
            v[r][q] = v[q][r];
            v[q][r] = one;
        }
#else
    FN(bits) low, high;
    for (int i = 0; i < VL; i++)
        low[i] = i / 2 + i % 2 * VL, high[i] = low[i] + VL / 2;
    for (int round = 1; round < VL; round *= 2) { /* one perfect shuffle of the rows each */
        FN(vec) u[VL];
        for (int r = 0; r < VL / 2; r++) {
            u[2 * r] = __builtin_shuffle(v[r], v[r + VL / 2], low);
            u[2 * r + 1] = __builtin_shuffle(v[r], v[r + VL / 2], high);
        }
        for (int r = 0; r < VL; r++)
            v[r] = u[r];
    }
#endif
}
