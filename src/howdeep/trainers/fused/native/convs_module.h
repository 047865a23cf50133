/* The module: where everything lies in memory, what is asked for, and whether that can be. */

/* The shapes of every map. The stem's image is kept with its border, and a row of its kernel is
 * one place with all the numbers in it, for it has few channels. */
static void shaped(struct job *job, const struct kind *kind)
{
    long h = job->height, w = job->width, c = job->channels;
    for (long i = 0; i <= job->count; i++) {
        struct conv *l = job->convs + i;
        long pad = l->k / 2;
        l->in_h = h, l->in_w = w, l->ci = PADDED(c, CHANNELS), l->co = PADDED(l->cout, CHANNELS);
        l->in_col = l->len = l->ci, l->seen = c, l->kh = l->kw = l->k, l->pad_y = l->pad_x = pad;
        l->h = (h - 1) / l->stride + 1, l->w = (w - 1) / l->stride + 1;
        if (!i) {
            l->in_h += 2 * pad, l->in_w += 2 * pad, l->in_col = c, l->len = l->seen = l->k * c;
            l->kw = 1, l->pad_y = l->pad_x = 0;
        }
        l->in_row = l->in_w * l->in_col;
        l->oh = l->pooled ? l->h / 2 : l->h, l->ow = l->pooled ? l->w / 2 : l->w;
        /* An odd number of lines apart, so that images share no cache sets. */
        l->in_image = PADDED(l->in_h * l->in_row, CHANNELS) + CHANNELS;
        l->out_image = l->oh * l->ow * l->co + CHANNELS;
        l->tile = l->co % kind->widest ? NARROW : kind->widest;
        l->back_tile = l->ci % kind->widest ? NARROW : kind->widest;
        /* Where fewer products are worth what goes before and after them. */
        long tiles = (l->w + 3) / 4, saved = 2 * (3 * l->w - 2) - 15 * tiles;
        l->tiles = i && l->k == 3 && l->stride == 1 && saved > 0 ? tiles : 0;
        h = l->oh, w = l->ow, c = l->cout;
    }
}

/* Every buffer of a job. Without training, maps that are not needed any more are written over. */
static void laid_out(struct job *job, struct arena *arena)
{
    size_t maps = 0, widest = job->features, rows = 0, lifted = 0, kernels = 0;
    for (long i = 0; i <= job->count; i++) {
        const struct conv *c = job->convs + i;
        maps = most(maps, most(i ? c->in_image : 0, i < job->count ? c->out_image : 0));
        widest = most(widest, 2 * c->ci);
        long all = c->k * c->k;
        kernels = most(kernels, most(c->cin * all, PADDED(all, CHANNELS) + all + 1));
        lifted = most(lifted, c->tiles ? shape_of(c, most(c->cin, c->cout), 0).lifted : 0);
        if (c->pooled)
            rows = most(rows, c->w * c->co * most(2, job->train ? c->h : 2));
    }
    maps *= job->padded;
    float *shared[4];
    for (int q = 0; q < 4; q++)
        shared[q] = job->train ? NULL : take(arena, maps);
    for (long i = 0; i <= job->count; i++) {
        struct conv *c = job->convs + i;
        size_t weights = (size_t)c->k * (c->tiles ? SIX : c->k) * c->ci * c->co;
        c->in = i && !job->train ? shared[3] : take(arena, job->padded * c->in_image);
        c->mean = take(arena, c->ci), c->var = take(arena, c->ci);
        c->gamma = take(arena, c->ci), c->beta = take(arena, c->ci);
        c->d_gamma = take(arena, c->ci), c->d_beta = take(arena, c->ci);
        if (i == job->count)
            break;
        c->out = job->train ? take(arena, job->padded * c->out_image) : shared[i % 3];
        c->which = c->pooled ? (uint8_t *)take(arena, job->padded * c->out_image / 4) : NULL;
        c->forth = take(arena, weights);
        c->back = i && job->train ? take(arena, weights) : NULL;
        size_t places = (size_t)weights_of(c, PADDED(c->len, MOST_ROWS)) * c->co;
        c->learnt = job->train ? take(arena, places) : NULL;
        c->bias = take(arena, c->co), c->d_bias = take(arena, c->co);
    }
    job->pooled = take(arena, job->batch * job->features);
    job->scratch = take(arena, most(MOST_ROWS * rows, widest));
    job->crossed = take(arena, kernels * CHANNELS);
    job->lifted = take(arena, MOST_ROWS * lifted);
    job->shared = job->train ? take(arena, MOST_ROWS * lifted) : NULL;
    if (job->train)
        job->d = take(arena, maps), job->one = take(arena, maps), job->two = take(arena, maps);
}

/* ---- parameters --------------------------------------------------------------------------------*/
static void copied(float *to, const float *from, long n, long scaled, float scale)
{
    for (long i = 0; i < n; i++)
        to[i] = scaled ? from[i] * scale : from[i];
}

/* Parameters as the kernels want them; a branch's last weights times the branch's multiplier. */
static void moved_in(struct job *job, const struct kind *kind, const float *from)
{
    for (long i = 0; i <= job->count; i++) {
        struct conv *c = job->convs + i;
        if (c->before == NORM) {
            copied(c->gamma, from + c->places[GAMMA], c->cin, 0, 0);
            copied(c->beta, from + c->places[BETA], c->cin, 0, 0);
            if (!job->measure) {
                copied(c->mean, from + c->places[MEAN], c->cin, 0, 0);
                copied(c->var, from + c->places[VAR], c->cin, 0, 0);
            }
        }
        c->weight = from + c->places[WEIGHT], c->own_bias = from + c->places[BIAS];
        if (i == job->count)
            break;
        float scale = c->part == SECOND ? job->branch : 1;
        kind->packed(c, c->weight, scale, c->forth, job->crossed);
        if (c->has_bias)
            copied(c->bias, c->own_bias, c->cout, 1, scale);
    }
}

/* Statistics that were measured, to where there is a place for them. */
static void kept(const struct job *job, float *to)
{
    for (long i = 0; i <= job->count; i++) {
        const struct conv *c = job->convs + i;
        if (c->before != NORM || c->places[MEAN] < 0)
            continue;
        copied(to + c->places[MEAN], c->mean, c->cin, 0, 0);
        copied(to + c->places[VAR], c->var, c->cin, 0, 0);
    }
}

/* The images into the stem's maps, whose border stays zero. */
static void images_in(const struct job *job, const float *x)
{
    const struct conv *c = job->convs;
    long pad = c->k / 2, row = job->width * job->channels;
    for (long b = 0; b < job->batch; b++)
        for (long y = 0; y < job->height; y++, x += row)
            memcpy(c->in + b * c->in_image + (y + pad) * c->in_row + pad * c->in_col, x,
                   sizeof(float) * row);
}

static void ready_to_learn(struct job *job, const struct kind *kind, const float *from,
                           float *grads)
{
    for (long i = 0; i < job->count; i++) {
        struct conv *c = job->convs + i;
        if (i)
            kind->packed_back(c, from + c->places[WEIGHT], c->part == SECOND ? job->branch : 1,
                              c->back, job->crossed);
        memset(c->learnt, 0, sizeof(float) * weights_of(c, PADDED(c->len, MOST_ROWS)) * c->co);
    }
    struct conv *head = job->convs + job->count;
    head->d_weight = grads + head->places[WEIGHT], head->d_own_bias = grads + head->places[BIAS];
}

static void learnt_out(const struct job *job, const struct kind *kind, float *grads)
{
    for (long i = 0; i <= job->count; i++) {
        const struct conv *c = job->convs + i;
        float scale = c->part == SECOND ? job->branch : 1;
        if (c->before == NORM) {
            copied(grads + c->places[GAMMA], c->d_gamma, c->cin, 0, 0);
            copied(grads + c->places[BETA], c->d_beta, c->cin, 0, 0);
        }
        if (i == job->count)
            break;
        kind->unpacked(c, scale, grads + c->places[WEIGHT], job->crossed);
        if (c->has_bias)
            copied(grads + c->places[BIAS], c->d_bias, c->cout, 1, scale);
    }
}

/* ---- what is asked for -------------------------------------------------------------------------*/
#define FIELDS 7 /* of a layer: inputs, outputs, kernel, stride, before, pooled, part */

static int outside(int64_t place, long size, Py_ssize_t floats)
{
    return place < 0 || place > floats - size;
}

static const char *wrong(const struct job *job, Py_ssize_t floats)
{
    long c = job->channels, h = job->height, w = job->width;
    if (job->outputs < 1 || job->batch < 1 || c < 1 || h < 1 || w < 1)
        return "a size below one";
    for (long i = 0; i <= job->count; i++) {
        const struct conv *l = job->convs + i;
        const int64_t *at = l->places;
        int last = i == job->count;
        if (l->cin != c || l->cout < 1 || l->k < 1 || l->k % 2 == 0 || l->stride < 1)
            return "a layer that does not fit the one before";
        if (i ? l->before != RELU && l->before != NORM : l->before != NOTHING)
            return "a layer with no ReLU before it, or a stem with one";
        if (last && (l->k != 1 || l->stride != 1 || l->pooled || l->part != NO_BRANCH))
            return "a head that is none";
        if (l->part == FIRST && (!i || last || l[1].part != SECOND))
            return "a branch without its second layer";
        if (l->part == SECOND &&
            (!i || l[-1].part != FIRST || l->stride != 1 || l[-1].stride != 1 || l->pooled ||
             l[-1].pooled || l->cout != l[-1].cin))
            return "a branch that does not keep its shape";
        if (outside(at[WEIGHT], last ? job->features * job->outputs : l->cin * l->cout * l->k * l->k,
                    floats) ||
            ((last || at[BIAS] >= 0) && outside(at[BIAS], last ? job->outputs : l->cout, floats)))
            return "a parameter outside of its memory";
        for (int q = GAMMA; l->before == NORM && q <= VAR; q++)
            if ((q < MEAN || !job->measure || at[q] >= 0) && outside(at[q], l->cin, floats))
                return "a parameter outside of its memory";
        h = (h - 1) / l->stride + 1, w = (w - 1) / l->stride + 1, c = l->cout;
        if (l->pooled)
            h /= 2, w /= 2;
        if (h < 1 || w < 1)
            return "a map of no pixels";
    }
    return NULL;
}

/* A job from (height, width, channels, outputs, batch, maxima, train, measure) and its layers. */
static const struct kind *asked(struct job *job, const char *name, Py_buffer *layers,
                                Py_ssize_t floats)
{
    const struct kind *kind = NULL;
    const int64_t *from = layers->buf;
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(*KINDS); i++)
        if (!strcmp(KINDS[i].name, name) && processor_has(name))
            kind = KINDS + i;
    job->count = layers->len / (Py_ssize_t)sizeof(int64_t) / (FIELDS + PLACES) - 1;
    if (!kind || job->count < 1 ||
        layers->len != (job->count + 1) * (FIELDS + PLACES) * (Py_ssize_t)sizeof(int64_t)) {
        PyErr_SetString(PyExc_ValueError, kind ? "layers are cut short" : "no such kind here");
        return NULL;
    }
    job->convs = calloc(job->count + 1, sizeof(*job->convs));
    if (!job->convs) {
        PyErr_NoMemory();
        return NULL;
    }
    for (long i = 0; i <= job->count; i++, from += FIELDS + PLACES) {
        struct conv *c = job->convs + i;
        c->cin = from[0], c->cout = from[1], c->k = from[2], c->stride = from[3];
        c->before = from[4], c->pooled = from[5], c->part = from[6];
        c->places = from + FIELDS, c->has_bias = c->places[BIAS] >= 0;
    }
    job->features = job->convs[job->count].cin * (job->maxima ? 2 : 1);
    job->padded = PADDED(job->batch, MOST_ROWS);
    const char *why = wrong(job, floats);
    if (why) {
        PyErr_SetString(PyExc_ValueError, why);
        return NULL;
    }
    shaped(job, kind);
    return kind;
}

#define SHAPE "s(lllllppp)y*"
#define OF_SHAPE(job, name, layers)                                                                \
    &name, &job.height, &job.width, &job.channels, &job.outputs, &job.batch, &job.maxima,          \
        &job.train, &job.measure, &layers

/* size(kind, shape, layers, parameters): bytes that `forward` and `backward` want to work in. */
static PyObject *size(PyObject *self, PyObject *args)
{
    (void)self;
    struct job job = {0};
    struct arena arena = {0};
    const char *name;
    Py_buffer layers = {0};
    long floats;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, SHAPE "l", OF_SHAPE(job, name, layers), &floats))
        return NULL;
    if (asked(&job, name, &layers, floats)) {
        laid_out(&job, &arena);
        result = PyLong_FromSize_t(arena.used + 64);
    }
    free(job.convs);
    PyBuffer_Release(&layers);
    return result;
}

/* One pass there, or with `back` the way back after one with the same arguments. */
static PyObject *passed(PyObject *args, int back)
{
    struct job job = {0};
    struct arena arena = {0};
    const char *name, *why = NULL;
    Py_buffer layers = {0}, params = {0}, memory = {0}, x = {0}, out = {0};
    const struct kind *kind;
    if (!PyArg_ParseTuple(args, SHAPE "fw*w*y*w*",
                          OF_SHAPE(job, name, layers), &job.branch, &params, &memory, &x, &out))
        return NULL;
    if (!(kind = asked(&job, name, &layers, params.len / (Py_ssize_t)sizeof(float))))
        goto end;
    laid_out(&job, &arena);
    if (memory.len < (Py_ssize_t)arena.used + 64)
        why = "too little memory";
    else if (!back && x.len != job.batch * job.height * job.width * job.channels * 4)
        why = "images of another size";
    else if ((back ? x.len : out.len) != job.batch * job.outputs * 4)
        why = "outputs of another size";
    else if (back && (out.len != params.len || !job.train || !job.measure))
        why = "no way back from here";
    if (why) {
        PyErr_SetString(PyExc_ValueError, why);
        goto end;
    }
    arena = arena_in(memory.buf);
    laid_out(&job, &arena);
    Py_BEGIN_ALLOW_THREADS
    for (long i = 0; i <= job.count; i++)
        job.convs[i].weight = (float *)params.buf + job.convs[i].places[WEIGHT];
    if (back) {
        job.slope = x.buf;
        ready_to_learn(&job, kind, params.buf, out.buf);
        kind->backward(&job);
        learnt_out(&job, kind, out.buf);
    } else {
        job.out = out.buf;
        moved_in(&job, kind, params.buf);
        images_in(&job, x.buf);
        kind->forward(&job);
        kept(&job, params.buf);
    }
    Py_END_ALLOW_THREADS
end:
    free(job.convs);
    PyBuffer_Release(&layers);
    PyBuffer_Release(&params);
    PyBuffer_Release(&memory);
    PyBuffer_Release(&x);
    PyBuffer_Release(&out);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *forward(PyObject *self, PyObject *args)
{
    (void)self;
    return passed(args, 0);
}

static PyObject *backward(PyObject *self, PyObject *args)
{
    (void)self;
    return passed(args, 1);
}

static PyObject *kinds(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
    PyObject *found = PyList_New(0);
    for (size_t i = 0; found && i < sizeof(KINDS) / sizeof(*KINDS); i++)
        if (processor_has(KINDS[i].name))
            found = with_name(found, KINDS[i].name);
    return found;
}

static PyMethodDef METHODS[] = {
    {"kinds", kinds, METH_NOARGS, "The kinds of processor whose kernels run here, fastest first."},
    {"size", size, METH_VARARGS, "Bytes of memory that the passes of a net want."},
    {"forward", forward, METH_VARARGS, "Images to outputs; measured statistics to their places."},
    {"backward", backward, METH_VARARGS, "Slopes at the outputs to gradients, after `forward`."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_convs", .m_size = 0, .m_methods = METHODS};

PyMODINIT_FUNC PyInit__convs(void) { return PyModule_Create(&MODULE); }
