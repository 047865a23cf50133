/* Convolutions of 3 x 3 with fewer products: four pixels of a row from six instead of twelve.
 *
 * Winograd's F(4, 3) along rows (Lavin, Gray 2016, arXiv 1509.09308, section 4.1) with the points
 * 0, 1, -1, 1/2 and -2, which round half as much as the usual ones: with one dimension only, about
 * twice a plain sum's error. Part of convs.h.
 */

/* `count` neighbours in a row of `wide` pixels from x on; zero beyond the edge. */
INLINE void FN(neighbours)(int inside, const float *row, long n, long wide, long x, long count,
                           FN(vec) *out)
{
    for (long q = 0; q < count; q++)
        out[q] = inside || (x + q >= 0 && x + q < wide) ? READ(row + (x + q) * n) : (FN(vec)){0};
}

INLINE void FN(lift)(int inside, const float *row, long n, long wide, long x, float *to)
{
    for (long v = 0; v < n; v += VL) {
        FN(vec) d[SIX];
        FN(neighbours)(inside, row + v, n, wide, x, SIX, d);
        AT(to + v) = d[0] + d[4] - 2 * d[2] + 1.5f * (d[3] - d[1]);
        AT(to + n + v) = 2 * (d[4] - d[1]) + d[2] + 5 * d[3];
        AT(to + 2 * n + v) = 5 * d[2] - d[3] - 2 * (d[1] + d[4]);
        AT(to + 3 * n + v) = 2 * (d[1] - d[3]) + d[2] - d[4];
        AT(to + 4 * n + v) = d[1] - d[3] + 2 * (d[4] - d[2]);
        AT(to + 5 * n + v) = d[1] + d[5] - 2 * d[3] + 1.5f * (d[4] - d[2]);
    }
}

INLINE void FN(share)(int inside, const float *row, long n, long wide, long x, float *to)
{
    for (long v = 0; v < n; v += VL) {
        FN(vec) e[4];
        FN(neighbours)(inside, row + v, n, wide, x, 4, e);
        AT(to + v) = e[0];
        AT(to + n + v) = (e[0] + e[2]) + (e[1] + e[3]);
        AT(to + 2 * n + v) = (e[0] + e[2]) - (e[1] + e[3]);
        AT(to + 3 * n + v) = e[0] + .5f * e[1] + .25f * e[2] + .125f * e[3];
        AT(to + 4 * n + v) = e[0] - 2 * e[1] + 4 * e[2] - 8 * e[3];
        AT(to + 5 * n + v) = e[3];
    }
}

/* `images` maps (rows, wide, channels) as (rows, tiles, SIX, channels). */
static void FN(lifted)(const struct shape *s, const float *in, float *out, long images)
{
    long n = s->channels;
    for (long b = 0; b < images; b++)
        for (long y = 0; y < s->rows; y++) {
            const float *row = in + b * s->image + y * s->wide * n;
            float *to = out + b * s->lifted + y * s->tiles * SIX * n;
            for (long x = -1; x + 1 < 4 * s->tiles; x += 4, to += SIX * n)
                if (x > 0 && x + SIX <= s->wide)
                    FN(lift)(1, row, n, s->wide, x, to);
                else
                    FN(lift)(0, row, n, s->wide, x, to);
        }
}

/* Slopes of `images` maps as those of the products (rows, tiles, SIX, channels). */
static void FN(shared)(const struct shape *s, const float *d, float *out, long images)
{
    long n = s->channels;
    for (long b = 0; b < images; b++)
        for (long y = 0; y < s->rows; y++) {
            const float *row = d + b * s->image + y * s->wide * n;
            float *to = out + b * s->lifted + y * s->tiles * SIX * n;
            for (long x = 0; x < 4 * s->tiles; x += 4, to += SIX * n)
                if (x + 4 <= s->wide)
                    FN(share)(1, row, n, s->wide, x, to);
                else
                    FN(share)(0, row, n, s->wide, x, to);
        }
}

/* The four pixels of which m are the products. */
INLINE void FN(landed)(const FN(vec) m[SIX], FN(vec) out[4])
{
    FN(vec) even = m[1] + m[2], odd = m[1] - m[2];
    out[0] = m[0] + even + m[3] + m[4];
    out[1] = odd + .5f * m[3] - 2 * m[4];
    out[2] = even + .25f * m[3] + 4 * m[4];
    out[3] = odd + .125f * m[3] - 8 * m[4] + m[5];
}
