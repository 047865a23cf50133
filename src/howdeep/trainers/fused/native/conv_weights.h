/* Weights (outputs, inputs, k, k) as the kernels want them, and gradients back; part of convs.h. */

/* (columns, VL) from VL rows that lie `apart` floats apart, of which `there` are there. */
INLINE void FN(crossed)(const float *from, long apart, long there, long columns, float *to)
{
    for (long c = 0; c < columns; c += VL) {
        FN(vec) v[VL];
        if (there < VL || columns - c < VL) {
            for (long q = c; q < least(c + VL, columns); q++)
                for (long r = 0; r < VL; r++)
                    to[q * VL + r] = r < there ? from[r * apart + q] : 0;
            continue;
        }
        for (int r = 0; r < VL; r++)
            v[r] = READ(from + r * apart + c);
        FN(transposed)(v);
        for (int r = 0; r < VL; r++)
            AT(to + (c + r) * VL) = v[r];
    }
}

/* The other way. */
INLINE void FN(uncrossed)(const float *from, long columns, float *to, long apart, long there)
{
    for (long c = 0; c < columns; c += VL) {
        FN(vec) v[VL];
        if (there < VL || columns - c < VL) {
            for (long r = 0; r < there; r++)
                for (long q = c; q < least(c + VL, columns); q++)
                    to[r * apart + q] = from[q * VL + r];
            continue;
        }
        for (int r = 0; r < VL; r++)
            v[r] = READ(from + (c + r) * VL);
        FN(transposed)(v);
        for (int r = 0; r < VL; r++)
            AT(to + r * apart + c) = v[r];
    }
}

/* A kernel's row of three as the factors of products, each `apart` floats on. */
INLINE void FN(factors)(FN(vec) a, FN(vec) b, FN(vec) c, float *to, long apart)
{
    FN(vec) ends = (a + c) / 6;
    AT(to) = a;
    AT(to + apart) = ends + b / 6;
    AT(to + 2 * apart) = ends - b / 6;
    AT(to + 3 * apart) = (a + .5f * b + .25f * c) * (16 / 15.0f);
    AT(to + 4 * apart) = (a - 2 * b + 4 * c) / 30;
    AT(to + 5 * apart) = c;
}

/* Weights times `scale` as panels of c->tile outputs, each (k, k or SIX, inputs, tile). */
static void FN(packed)(const struct conv *c, const float *w, float scale, float *to, float *spare)
{
    long all = c->k * c->k, inputs = c->len * c->kw / c->k, each = c->cin * all;
    for (long o = 0; o < c->cout; o += VL) {
        float *panel = to + o / c->tile * weights_of(c, c->len) * c->tile + o % c->tile;
        FN(crossed)(w + o * each, each, least(VL, c->cout - o), each, spare);
        for (long i = 0; i < c->cin; i++)
            for (long t = 0; t < all; t += c->tiles ? 3 : 1) {
                const float *from = spare + (i * all + t) * VL;
                float *row = panel + ((c->tiles ? 2 * t : t) * inputs + i) * c->tile;
                if (c->tiles)
                    FN(factors)(scale * READ(from), scale * READ(from + VL),
                                scale * READ(from + 2 * VL), row, inputs * c->tile);
                else
                    AT(row) = scale * READ(from);
            }
    }
}

/* The same for the way back: the kernel turned, panels of inputs, (k, k or SIX, outputs, tile). */
static void FN(packed_back)(const struct conv *c, const float *w, float scale, float *to,
                            float *spare)
{
    long all = c->k * c->k, tile = c->back_tile, wide = PADDED(all, VL);
    float *own = spare + wide * VL; /* a kernel may be read beyond its end */
    for (long i = 0; i < c->cin; i += VL) {
        float *panel = to + i / tile * weights_of(c, c->co) * tile + i % tile;
        long there = least(VL, c->cin - i);
        memset(own, 0, sizeof(float) * (VL * all + VL));
        for (long o = 0; o < c->cout; o++) {
            memcpy(own, w + (o * c->cin + i) * all, sizeof(float) * there * all);
            FN(crossed)(own, all, VL, wide, spare);
            for (long t = 0; t < all; t += c->tiles ? 3 : 1) {
                const float *from = spare + (all - 1 - t) * VL;
                float *row = panel + ((c->tiles ? 2 * t : t) * c->co + o) * tile;
                if (c->tiles)
                    FN(factors)(scale * READ(from), scale * READ(from - VL),
                                scale * READ(from - 2 * VL), row, c->co * tile);
                else
                    AT(row) = scale * READ(from);
            }
        }
    }
}

/* c->learnt times `scale` as (outputs, inputs, k, k). */
static void FN(unpacked)(const struct conv *c, float scale, float *w, float *spare)
{
    long all = c->k * c->k, inputs = c->len * c->kw / c->k, each = c->cin * all;
    long high = PADDED(c->len, MOST_ROWS), beside = c->k / c->kw; /* of a kernel, in one place */
    long apart = high * c->tile;
    for (long o = 0; o < c->cout; o += VL) {
        const float *panel = c->learnt + o / c->tile * weights_of(c, high) * c->tile + o % c->tile;
        for (long i = 0; i < c->cin; i++)
            for (long t = 0; t < all; t += c->tiles ? 3 : 1) {
                long place = c->tiles ? 2 * t : t / beside;
                const float *u = panel + (place * high + t % beside * inputs + i) * c->tile;
                float *to = spare + (i * all + t) * VL;
                if (!c->tiles) {
                    AT(to) = scale * READ(u);
                    continue;
                }
                /* As `factors`, back. */
                FN(vec) one = READ(u + apart), other = READ(u + 2 * apart);
                FN(vec) even = (one + other) / 6, odd = (one - other) / 6;
                FN(vec) half = READ(u + 3 * apart) * (16 / 15.0f), two = READ(u + 4 * apart) / 30;
                AT(to) = scale * (READ(u) + even + half + two);
                AT(to + VL) = scale * (odd + .5f * half - 2 * two);
                AT(to + 2 * VL) = scale * (even + .25f * half + 4 * two + READ(u + 5 * apart));
            }
        FN(uncrossed)(spare, each, w + o * each, each, least(VL, c->cout - o));
    }
}
