/* The head of a convolutional net: maps pooled to numbers, and one linear map; part of convs.h. */

/* Means, and where asked for maxima, over each map: job->pooled (batch, 1 or 2 times channels). */
static void FN(numbers)(const struct job *job)
{
    const struct conv *c = job->convs + job->count;
    long pixels = c->in_h * c->in_w;
    for (long b = 0; b < job->batch; b++)
        for (long v = 0; v < c->ci; v += VL) {
            const float *from = c->in + b * c->in_image + v;
            FN(vec) top = READ(from), sum = top;
            for (long i = 1; i < pixels; i++) {
                FN(vec) x = READ(from + i * c->ci);
                FN(bits) more = (x > top) | (x != x);
                top = (FN(vec))(((FN(bits))x & more) | ((FN(bits))top & ~more));
                sum += x;
            }
            for (long i = 0; i < VL && v + i < c->cin; i++) {
                float *to = job->pooled + b * job->features + v + i;
                *to = sum[i] / pixels;
                if (job->maxima)
                    to[c->cin] = top[i];
            }
        }
}

static void FN(head)(const struct job *job)
{
    const struct conv *c = job->convs + job->count;
    long n = job->outputs;
    FN(numbers)(job);
    for (long b = 0; b < job->batch; b++) {
        float *out = job->out + b * n;
        memcpy(out, c->own_bias, sizeof(float) * n);
        for (long f = 0; f < job->features; f++)
            for (long o = 0; o < n; o++)
                out[o] += job->pooled[b * job->features + f] * c->weight[f * n + o];
    }
}

/* Gradients of the linear map, and the slopes d at the maps that were pooled. */
static void FN(head_back)(const struct job *job, float *d)
{
    const struct conv *c = job->convs + job->count;
    long n = job->outputs, pixels = c->in_h * c->in_w;
    memset(c->d_weight, 0, sizeof(float) * job->features * n);
    memset(c->d_own_bias, 0, sizeof(float) * n);
    for (long b = 0; b < job->batch; b++) {
        const float *slope = job->slope + b * n, *pooled = job->pooled + b * job->features;
        float *at = job->scratch;
        for (long o = 0; o < n; o++)
            c->d_own_bias[o] += slope[o];
        for (long f = 0; f < job->features; f++) {
            at[f] = 0;
            for (long o = 0; o < n; o++) {
                c->d_weight[f * n + o] += pooled[f] * slope[o];
                at[f] += c->weight[f * n + o] * slope[o];
            }
        }
        for (long v = 0; v < c->ci; v += VL) {
            const float *from = c->in + b * c->in_image + v;
            float *to = d + b * c->in_image + v;
            FN(vec) mean = {0}, share = {0}, top = {0}, equal = {0};
            for (long i = 0; i < VL && v + i < c->cin; i++) {
                mean[i] = at[v + i] / pixels;
                if (job->maxima)
                    top[i] = pooled[c->cin + v + i], share[i] = at[c->cin + v + i];
            }
            for (long i = 0; job->maxima && i < pixels; i++)
                equal -= __builtin_convertvector(READ(from + i * c->ci) == top, FN(vec));
            share /= equal; /* equal maxima share theirs */
            for (long i = 0; i < pixels; i++) {
                FN(bits) is = job->maxima ? READ(from + i * c->ci) == top : (FN(bits)){0};
                AT(to + i * c->ci) = mean + (FN(vec))((FN(bits))share & is);
            }
        }
    }
}
