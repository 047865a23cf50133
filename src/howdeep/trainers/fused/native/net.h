/* Steps of one fully connected net; part of kernels.h.
 *
 * Plain: h <- relu(h W + b), the stem first. Residual: h <- h + s (relu(h U + b) V + c) after a
 * linear stem. No blocks: the head alone. Gradients go back layer by layer, and each layer learns
 * as soon as its inputs' gradient is known.
 */

/* Layer i, from its inputs to its outputs; a branch is added to the state before it. */
static void FN(through)(int how, struct job *job, long i, float *out)
{
    struct layer *l = job->layers + i;
    const float *bias = l->bias.p;
    const FN(operand) *in = FN(by_rows)(job, job->h[i], l->lda, l->k), *w = FN(weights)(l);
    long rows = job->padded, panel = OPERANDS(PADDED(l->k, ROWS)) * NR;
    long k = OPERANDS(l->k), lda = l->lda / EACH;
    if (how == RELU)
        FN(product)(RELU, rows, k, l->n, in, w, panel, bias, 0, 0, out, lda, l->ldo);
    else if (how == BRANCH)
        FN(product)(BRANCH, rows, k, l->n, in, w, panel, bias, job->h[i - 1], job->branch, out,
                    lda, l->ldo);
    else
        FN(product)(PLAIN, rows, k, l->n, in, w, panel, bias, 0, 0, out, lda, l->ldo);
}

static void FN(forward)(struct job *job)
{
    long last = job->count - 1;
    for (long i = 0; i < last; i++) {
        int how = !job->residual || i % 2 ? RELU : i ? BRANCH : PLAIN;
        FN(through)(how, job, i, job->h[i + 1]);
    }
    FN(through)(PLAIN, job, last, job->out);
}

/* The slopes at layer i's inputs, to `in`, from those at its outputs, d; then the layer learns. */
static void FN(returned)(int how, struct job *job, long i, const float *d, float *in,
                       const struct rates *rates)
{
    struct layer *l = job->layers + i;
    long rows = job->padded, n = OPERANDS(l->n), panel = n * NR, ldd = l->ldo / EACH;
    if (i) {
        FN(operand) *wt = (FN(operand) *)job->wt;
        const FN(operand) *by = FN(by_rows)(job, d, l->ldo, l->n);
        const float *act = job->h[i];
        FN(turned)(l->k, l->n, l->w.p, wt);
        if (how == MASK)
            FN(product)(MASK, rows, n, l->k, by, wt, panel, 0, act, 0, in, ldd, l->lda);
        else if (how == ADD)
            FN(product)(ADD, rows, n, l->k, by, wt, panel, 0, 0, 0, in, ldd, l->lda);
        else
            FN(product)(BACK, rows, n, l->k, by, wt, panel, 0, 0, 0, in, ldd, l->lda);
    }
    const FN(operand) *inputs = FN(by_columns)(job, job->h[i], l->lda, l->k);
    FN(learn)(l, job->batch, inputs, d, rates, (FN(operand) *)job->spare);
}

static void FN(backward)(struct job *job, const struct rates *rates)
{
    long last = job->count - 1;
    float *d = job->d, *other = job->other;
    FN(returned)(job->residual ? BACK : MASK, job, last, job->slope, d, rates);
    for (long i = last - 1; i >= 0; i--)
        if (job->residual && i) { /* down, then up: d goes on beside the branch */
            for (long q = 0; q < job->padded * job->layers[i].ldo; q++)
                job->inner[q] = job->branch * d[q];
            FN(returned)(MASK, job, i, job->inner, other, rates);
            FN(returned)(ADD, job, --i, other, d, rates);
        } else {
            FN(returned)(MASK, job, i, d, other, rates);
            float *swap = d;
            d = other, other = swap;
        }
}

static float FN(steps)(struct job *job)
{
    float loss = 0;
    for (long i = 0; i < job->count; i++) {
        struct layer *l = job->layers + i;
        FN(renewed)(l, 0, PADDED(l->n, NR) / NR * PADDED(l->k, ROWS));
    }
    for (long at = 0; at < job->steps; at++) {
        gather(job, at);
        FN(forward)(job);
        loss = slopes(job, at);
        struct rates now = rates(job, at);
        FN(backward)(job, &now);
    }
    return loss;
}
