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
            const float *low = at->a + i * at->a_row + j * at->a_col;
            const float *high = low + MR / 2 * image; /* 16 offsets are more than registers */
            const float *w = at->w + i * at->w_row + j * at->w_col;
            for (const float *end = low + at->len; low < end; low++, high++, w += COLUMNS) {
                FN(vec) right[NV];
                for (int n = 0; n < NV; n++)
                    right[n] = *(const FN(vec) *)(w + n * VL);
                for (int r = 0; r < MR; r++) {
                    float left = (r < MR / 2 ? low : high)[r % (MR / 2) * image];
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

/* The same from maps that were lifted. */
static void TILE(quick)(const struct pass *p, const float *in, float *out, const float *other,
                        long from, long to)
{
    const struct shape *s = &p->shape;
    long row = s->tiles * SIX * s->channels, weights = SIX * s->channels * COLUMNS;
    for (long block = 0; block < p->columns; block += COLUMNS)
        for (long y = from; y < to; y++)
            for (long t = 0; t < s->tiles; t++) {
                FN(vec) parts[SIX][MR][NV];
                const float *w = p->weights + block / COLUMNS * p->panel + (y ? 0 : weights);
                const float *a = in + (y ? y - 1 : 0) * row + t * SIX * s->channels;
                for (long j = 0; j < SIX; j++) {
                    struct window at = {.a = a + j * s->channels,
                                        .w = w + j * s->channels * COLUMNS,
                                        .rows = 3 - !y - (y + 1 == s->rows),
                                        .cols = 1,
                                        .len = s->real,
                                        .a_row = row,
                                        .w_row = weights};
                    TILE(seen)(&at, s->lifted, parts[j]);
                }
                long place = ((y - from) * s->wide + 4 * t) * p->columns + block;
                for (int r = 0; r < MR; r++)
                    for (int n = 0; n < NV; n++) {
                        FN(vec) m[SIX], pixels[4];
                        for (int j = 0; j < SIX; j++)
                            m[j] = parts[j][r][n];
                        FN(landed)(m, pixels);
                        for (long x = 0, end = least(4, s->wide - 4 * t); x < end; x++) {
                            FN(vec) v = pixels[x];
                            long at = r * p->out_image + place + x * p->columns + n * VL;
                            if (p->bias)
                                v += *(const FN(vec) *)(p->bias + block + n * VL);
                            if (other)
                                v += *(const FN(vec) *)(other + at);
                            *(FN(vec) *)(out + at) = v;
                        }
                    }
            }
}

/* Gradients of a convolution's weights over `images` images, added to c->learnt. */
static void TILE(learn)(const struct lesson *l, const float *in, const float *d, long images)
{
    long high = PADDED(l->len, MOST_ROWS);
    float *to = l->learnt;
    for (long block = 0; block < l->columns; block += COLUMNS)
        for (long ky = 0; ky < l->kh; ky++)
            for (long kx = 0; kx < l->kw; kx++, to += high * COLUMNS) {
                struct span ys = span(ky, l->stride, l->pad_y, l->in_h, l->h), xs = {0, l->w};
                const float *a0 = in + (ys.from * l->stride + ky - l->pad_y) * l->in_row;
                const float *d0 = d + ys.from * l->d_row + block;
                if (l->quick) { /* the products are places of their own */
                    a0 += kx * l->len;
                    d0 += kx * l->columns;
                } else {
                    xs = span(kx, l->stride, l->pad_x, l->in_w, l->w);
                    a0 += (xs.from * l->stride + kx - l->pad_x) * l->in_col;
                    d0 += xs.from * l->d_col;
                }
                for (long row = 0; row < l->seen; row += MR) {
                    FN(vec) acc[MR][NV];
                    for (int r = 0; r < MR; r++)
                        for (int n = 0; n < NV; n++)
                            acc[r][n] = *(FN(vec) *)(to + (row + r) * COLUMNS + n * VL);
                    for (long b = 0; b < images; b++)
                        for (long y = 0; y < ys.count; y++) {
                            const float *a = a0 + b * l->in_image + y * l->stride * l->in_row + row;
                            const float *right = d0 + b * l->d_image + y * l->d_row;
                            for (long x = 0; x < xs.count; x++) {
                                FN(vec) slope[NV];
                                for (int n = 0; n < NV; n++)
                                    slope[n] = *(const FN(vec) *)(right + n * VL);
                                for (int r = 0; r < MR; r++)
                                    for (int n = 0; n < NV; n++)
                                        acc[r][n] += a[r] * slope[n];
                                a += l->stride * l->in_col;
                                right += l->d_col;
                            }
                        }
                    for (int r = 0; r < MR; r++)
                        for (int n = 0; n < NV; n++)
                            *(FN(vec) *)(to + (row + r) * COLUMNS + n * VL) = acc[r][n];
                }
            }
}

#undef COLUMNS
