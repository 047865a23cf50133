/* Outputs of trained nets, net after net: the part of steps.c that only goes forwards. */

#define AT_ONCE 128 /* rows, whose states stay in cache */

/* What a net needs to go forwards: panels, and three buffers for the states in turns, since a
 * layer takes its inputs and at most the state before them. */
static void laid_out_ahead(struct job *job, const struct kind *kind, struct arena *arena)
{
    size_t widest = 0;
    for (long i = 0; i < job->count; i++) {
        struct layer *l = job->layers + i;
        l->lda = PADDED(l->k, WIDE) + 16, l->ldo = PADDED(l->n, WIDE) + 16;
        l->w.p = take(arena, panels(kind, l));
        l->bias.p = take(arena, PADDED(l->n, WIDE));
        widest = (size_t)l->ldo > widest ? (size_t)l->ldo : widest;
    }
    job->h[0] = take(arena, job->padded * job->layers->lda);
    for (long i = 1; i < job->count; i++)
        job->h[i] = i > 3 ? job->h[i - 3] : take(arena, job->padded * widest);
    job->out = take(arena, job->padded * job->layers[job->count - 1].ldo);
}

/* One net's outputs (rows, outputs) for the rows of `order`. */
static void ahead(struct job *job, const struct kind *kind, long rows, float *out)
{
    const int64_t *order = job->order;
    long wide = job->layers[job->count - 1].ldo;
    for (long at = 0; at < rows; at += AT_ONCE) {
        job->batch = rows - at < AT_ONCE ? rows - at : AT_ONCE;
        job->padded = PADDED(job->batch, ROWS);
        job->order = order + at;
        gather(job, 0);
        kind->forward(job);
        for (long b = 0; b < job->batch; b++)
            memcpy(out + (at + b) * job->outputs, job->out + b * wide,
                   sizeof(float) * job->outputs);
    }
    job->order = order;
}

/* Parameters of all nets: floats, net after net at any distance, each net's in one piece. */
static int one_piece(const Py_buffer *b, Py_ssize_t nets, Py_ssize_t each)
{
    Py_ssize_t apart = sizeof(float);
    if (b->ndim < 2 || b->itemsize != sizeof(float) || b->shape[0] != nets || b->strides[0] < 0)
        return 0;
    for (int d = b->ndim - 1; d > 0; d--) {
        if (b->shape[d] != 1 && b->strides[d] != apart)
            return 0;
        apart *= b->shape[d];
    }
    return apart == each * (Py_ssize_t)sizeof(float);
}

static const char *wrong_ahead(const struct job *job, const Py_buffer *in, const Py_buffer *found,
                               const Py_buffer *parts, Py_ssize_t nets)
{
    const Py_buffer *x = in, *shift = in + 1, *spread = in + 2, *order = in + 3;
    Py_ssize_t each = job->columns * (job->bytes ? 1 : (Py_ssize_t)sizeof(float));
    Py_ssize_t rows = order->len / 8, all = job->columns < 1 ? 0 : x->len / each;
    if (job->columns < 1 || job->outputs < 1)
        return "a size below one";
    if (job->bytes && (shift->len != job->columns * 4 || spread->len != job->columns * 4))
        return "shift and spread are not one number a column";
    if (found->len != nets * rows * job->outputs * (Py_ssize_t)sizeof(float))
        return "the outputs are not one row a row and net";
    for (Py_ssize_t i = 0; i < rows; i++)
        if (job->order[i] < 0 || job->order[i] >= all)
            return "a row that there is none of";
    for (long i = 0; i < 2 * job->count; i++) {
        const struct layer *l = job->layers + i / 2;
        if (!one_piece(parts + i, nets, i % 2 ? l->n : l->k * l->n))
            return "a parameter of another shape";
    }
    return NULL;
}

static void every_net(struct job *job, const struct kind *kind, const Py_buffer *parts, long nets,
                      long rows, float *out)
{
    for (long m = 0; m < nets; m++) {
        for (long i = 0; i < job->count; i++) {
            struct layer *l = job->layers + i;
            const Py_buffer *weight = parts + 2 * i, *bias = weight + 1;
            kind->packed(l->k, l->n, (float *)((char *)weight->buf + m * weight->strides[0]),
                         l->w.p, 0);
            memcpy(l->bias.p, (char *)bias->buf + m * bias->strides[0], sizeof(float) * l->n);
        }
        ahead(job, kind, rows, out + m * rows * job->outputs);
    }
}

static PyObject *outputs(PyObject *self, PyObject *args)
{
    (void)self;
    struct job job = {0};
    const char *name;
    Py_buffer in[4] = {0}, found = {0}, *parts = NULL;
    PyObject *given, *result = NULL;
    long blocks, width, nets, have = 0;
    double branch;
    void *memory = NULL;
    if (!PyArg_ParseTuple(args, "s(lpllll)(pd)O!y*y*y*y*w*", &name, &blocks, &job.residual,
                          &job.columns, &width, &job.outputs, &nets, &job.bytes, &branch,
                          &PyTuple_Type, &given, &in[0], &in[1], &in[2], &in[3], &found))
        return NULL;
    const struct kind *kind = kind_of(name, 0);
    job.branch = (float)branch;
    job.data = in[0].buf, job.shift = in[1].buf, job.spread = in[2].buf, job.order = in[3].buf;
    job.batch = job.padded = AT_ONCE;
    const char *why = kind ? NULL : "no such kind here";
    if (blocks < 0 || nets < 0) {
        PyErr_SetString(PyExc_ValueError, "fewer nets or blocks than none");
        goto end;
    }
    if (!layers_of(&job, blocks, width) || !(parts = calloc(2 * job.count, sizeof(*parts)))) {
        PyErr_NoMemory();
        goto end;
    }
    if (!why && PyTuple_GET_SIZE(given) != 2 * job.count)
        why = "the parameters are not two a layer";
    for (; !why && have < 2 * job.count; have++)
        if (PyObject_GetBuffer(PyTuple_GET_ITEM(given, have), parts + have, PyBUF_STRIDES))
            goto end;
    why = why ? why : wrong_ahead(&job, in, &found, parts, nets);
    if (why) {
        PyErr_SetString(PyExc_ValueError, why);
        goto end;
    }
    if (!(memory = room(&job, kind, laid_out_ahead)))
        goto end;
    Py_BEGIN_ALLOW_THREADS
    every_net(&job, kind, parts, nets, in[3].len / 8, found.buf);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
end:
    free(memory);
    free(job.layers);
    free(job.h);
    for (long i = 0; i < have; i++)
        PyBuffer_Release(&parts[i]);
    free(parts);
    for (int i = 0; i < 4; i++)
        PyBuffer_Release(&in[i]);
    PyBuffer_Release(&found);
    return result;
}
