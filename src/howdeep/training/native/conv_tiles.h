/* Products of convolutions that stay in registers: included by convs.h once for each tile.
 *
 * Wants TILE(name), VL: floats in a vector, MR: rows of a tile, NV: vectors of its columns.
 * A tile's columns are NV * VL output channels.
 */

#define COLUMNS (NV * VL)

/* What one pixel sees, for MR images at once: acc (MR, COLUMNS) = the window's inputs by w. */
INLINE void TILE(seen)(const struct window *at, long image, FN(vec) acc[MR][NV])
{
    for (int r = 0; r < MR; r++)
        for (int n = 0; n < NV; n++)
            acc[r][n] = (FN(vec)){0};
    for (long i = 0; i < at->rows; i++)
        for (long j = 0; j < at->cols; j++) {
            const float *a = at->a + i * at->a_row + j * at->a_col;
            const float *w = at->w + i * at->w_row + j * at->w_col;
            for (long k = 0; k < at->len; k++) {
                FN(vec) right[NV];
                for (int n = 0; n < NV; n++)
                    right[n] = *(const FN(vec) *)(w + k * COLUMNS + n * VL);
                for (int r = 0; r < MR; r++) {
                    float left = a[r * image + k];
                    for (int n = 0; n < NV; n++)
                        acc[r][n] += left * right[n];
                }
            }
        }
}

/* Rows `from` to `to` of a map of outputs of MR images, from the images at `in`. */
static void TILE(map)(const struct pass *p, const float *in, float *out, const float *other,
                      long from, long to)
{
    for (long block = 0; block < p->columns; block += COLUMNS)
        for (long y = from; y < to; y++)
            for (long x = 0; x < p->wide; x++) {
                FN(vec) acc[MR][NV];
                struct window at = p->window(p, in, p->weights + block / COLUMNS * p->panel, y, x,
                                             COLUMNS);
                TILE(seen)(&at, p->in_image, acc);
                long place = ((y - from) * p->wide + x) * p->columns + block;
                for (int r = 0; r < MR; r++)
                    for (int n = 0; n < NV; n++) {
                        FN(vec) v = acc[r][n];
                        if (p->bias)
                            v += *(const FN(vec) *)(p->bias + block + n * VL);
                        if (other)
                            v += *(const FN(vec) *)(other + r * p->out_image + place + n * VL);
                        *(FN(vec) *)(out + r * p->out_image + place + n * VL) = v;
                    }
            }
}

/* Gradients of a convolution's weights over `images` images, added to c->learnt. */
static void TILE(learn)(const struct conv *c, const float *in, const float *d, long d_image,
                        long images)
{
    long high = PADDED(c->len, MOST_ROWS);
    float *to = c->learnt;
    for (long block = 0; block < c->co; block += COLUMNS)
        for (long ky = 0; ky < c->kh; ky++)
            for (long kx = 0; kx < c->kw; kx++, to += high * COLUMNS) {
                struct span ys = span(ky, c->stride, c->pad_y, c->in_h, c->h);
                struct span xs = span(kx, c->stride, c->pad_x, c->in_w, c->w);
                const float *a0 = in + (ys.from * c->stride + ky - c->pad_y) * c->in_row +
                                  (xs.from * c->stride + kx - c->pad_x) * c->in_col;
                const float *d0 = d + (ys.from * c->w + xs.from) * c->co + block;
                for (long row = 0; row < c->len; row += MR) {
                    FN(vec) acc[MR][NV];
                    for (int r = 0; r < MR; r++)
                        for (int n = 0; n < NV; n++)
                            acc[r][n] = *(FN(vec) *)(to + (row + r) * COLUMNS + n * VL);
                    for (long b = 0; b < images; b++)
                        for (long y = 0; y < ys.count; y++) {
                            const float *a = a0 + b * c->in_image + y * c->stride * c->in_row + row;
                            const float *right = d0 + b * d_image + y * c->w * c->co;
                            for (long x = 0; x < xs.count; x++) {
                                FN(vec) slope[NV];
                                for (int n = 0; n < NV; n++)
                                    slope[n] = *(const FN(vec) *)(right + n * VL);
                                for (int r = 0; r < MR; r++)
                                    for (int n = 0; n < NV; n++)
                                        acc[r][n] += a[r] * slope[n];
                                a += c->stride * c->in_col;
                                right += c->co;
                            }
                        }
                    for (int r = 0; r < MR; r++)
                        for (int n = 0; n < NV; n++)
                            *(FN(vec) *)(to + (row + r) * COLUMNS + n * VL) = acc[r][n];
                }
            }
}

#undef COLUMNS
