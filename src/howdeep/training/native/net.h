/* Steps of one fully connected net; part of kernels.h.
 *
 * Plain: h <- relu(h W + b), the stem first. Residual: h <- h + s (relu(h U + b) V + c) after a
 * linear stem. No blocks: the head alone. Gradients go back layer by layer, and each layer learns
 * as soon as its inputs' gradient is known.
 */

static void FN(forward)(struct job *job)
{
    struct layer *l = job->layers;
    long rows = job->padded;
    for (long i = 0; i < job->count - 1; i++) {
        float *in = i ? job->h[i] : job->x;
        int up = job->residual && i % 2, down = job->residual && i && !(i % 2);
        if (down)
            FN(branch)(rows, l[i].k, l[i].n, in, l[i].lda, l[i].w.p, l[i].bias.p, job->h[i - 1],
                       job->branch, job->h[i + 1], l[i].ldo);
        else if (up || !job->residual)
            FN(relu)(rows, l[i].k, l[i].n, in, l[i].lda, l[i].w.p, l[i].bias.p, job->h[i + 1],
                     l[i].ldo);
        else
            FN(linear)(rows, l[i].k, l[i].n, in, l[i].lda, l[i].w.p, l[i].bias.p, job->h[i + 1],
                       l[i].ldo);
    }
    struct layer *head = l + job->count - 1;
    FN(linear)(rows, head->k, head->n, job->count > 1 ? job->h[job->count - 1] : job->x, head->lda,
               head->w.p, head->bias.p, job->out, head->ldo);
}

static void FN(backward)(struct job *job, const struct rates *how)
{
    long rows = job->batch, high = job->padded, last = job->count - 1;
    struct layer *l = job->layers + last;
    float *d = job->d, *other = job->other;
    if (!last) {
        FN(learn)(rows, l->k, l->n, job->x, l->lda, job->slope, l->ldo, l->w, l->bias, how, job->spare);
        return;
    }
    FN(turned)(l->k, l->n, l->w.p, job->wt);
    if (job->residual)
        FN(back)(PLAIN, high, l->k, l->n, job->slope, job->wt, 0, d, l->ldo, l->lda);
    else
        FN(back)(MASK, high, l->k, l->n, job->slope, job->wt, job->h[last], d, l->ldo, l->lda);
    FN(learn)(rows, l->k, l->n, job->h[last], l->lda, job->slope, l->ldo, l->w, l->bias, how,
              job->spare);
    for (long i = last - 1; i > 0; i--) {
        l = job->layers + i;
        FN(turned)(l->k, l->n, l->w.p, job->wt);
        if (!job->residual) {
            FN(back)(MASK, high, l->k, l->n, d, job->wt, job->h[i], other, l->ldo, l->lda);
            FN(learn)(rows, l->k, l->n, job->h[i], l->lda, d, l->ldo, l->w, l->bias, how, job->spare);
            float *swap = d;
            d = other, other = swap;
            continue;
        }
        /* down, then up: the branch has its slopes in `inner` and `other` */
        for (long q = 0; q < high * l->ldo; q++)
            job->inner[q] = job->branch * d[q];
        FN(back)(MASK, high, l->k, l->n, job->inner, job->wt, job->h[i], other, l->ldo, l->lda);
        FN(learn)(rows, l->k, l->n, job->h[i], l->lda, job->inner, l->ldo, l->w, l->bias, how,
                  job->spare);
        l = job->layers + --i;
        FN(turned)(l->k, l->n, l->w.p, job->wt);
        FN(back)(ADD, high, l->k, l->n, other, job->wt, 0, d, l->ldo, l->lda);
        FN(learn)(rows, l->k, l->n, job->h[i], l->lda, other, l->ldo, l->w, l->bias, how, job->spare);
    }
    l = job->layers;
    FN(learn)(rows, l->k, l->n, job->x, l->lda, d, l->ldo, l->w, l->bias, how, job->spare);
}

static float FN(steps)(struct job *job)
{
    float loss = 0;
    for (long at = 0; at < job->steps; at++) {
        gather(job, at);
        FN(forward)(job);
        loss = slopes(job, at);
        struct rates how = rates(job, at);
        FN(backward)(job, &how);
    }
    return loss;
}
