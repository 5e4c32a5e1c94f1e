/* One step of a Llama-like decoder on a CPU: all layers and the head in one call, beside the interpreter lock.

   Activations and sums are float32, the KV cache float32 or float16; weights are float32, bfloat16 or float16, widened in registers, or
   int8. Every output of a product is one chain of multiply-adds in the order of its inputs, whatever stands beside it in
   the batch: a token's result depends on its own sequence alone, to the last bit.

   Plain C with the vector extensions of GCC and Clang. `app/engine/native/build.py` compiles it once for each
   instruction set, decoder.py fills the structs, and its tests compare the result with transformers' own. */

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __F16C__
#include <immintrin.h>
#endif

#ifndef LANES
#ifdef __AVX512F__
#define LANES 16
#else
#define LANES 8
#endif
#endif
#define PANEL (2 * LANES)  /* outputs whose weights stand together, input by input */
#define MAX_ROWS 6         /* of one tile: 12 sums, 2 weights and 1 input fill 16 registers */
#define AHEAD 2048         /* bytes; measured: 512 is too little for 8 rows, more than 3,000 gains nothing */
#define BLOCK (2 * LANES)  /* tokens of a prompt that attend together, one a lane */
#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef float quarter __attribute__((vector_size(16), may_alias));
typedef int32_t ivec __attribute__((vector_size(LANES * 4)));
typedef uint32_t uvec __attribute__((vector_size(LANES * 4)));
typedef float vec_in_memory __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef uint32_t words_in_memory __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

enum { FLOAT32, BFLOAT16, FLOAT16, INT8 };
enum { STORE, ADD, GATE };

/* The same structs, field by field, are in decoder.py. Every number is int64, float or a pointer. */

typedef struct {
    const void *weight;        /* panels of [depth, PANEL]; see widen */
    const float *scale, *bias; /* [panels * PANEL], or NULL */
    int64_t kind, width, depth;
} Linear;

typedef struct {
    Linear qkv, out, gate_up, down; /* gate_up: panels of gate and up in turns */
    const float *input_norm, *mlp_norm, *query_norm, *key_norm;
    void *keys, *values; /* [slots, kv_heads, max_len, head_dim] */
    int64_t cache_kind;  /* FLOAT32 or FLOAT16 */
    int64_t hidden, num_heads, num_kv_heads, head_dim, max_len, window, is_rotated;
    float input_epsilon, mlp_epsilon, head_epsilon, scale;
} Layer;

typedef struct {
    int64_t num_tokens, num_pieces, num_logits;
    const int64_t *slots, *positions; /* [num_tokens] */
    const int64_t *pieces;            /* [num_pieces, 3]: first token, tokens, 1 for a prompt's; rows of one sequence */
    const int64_t *logit_tokens;      /* [num_logits] */
    const int64_t *rotary_rows;       /* [num_tokens]: each token's row of cos and sin */
    const float *cos, *sin;           /* [rows, head_dim] */
    float *x;                         /* [num_tokens, hidden]: in, and out when there is no head */
    float *logits;                    /* [num_logits, vocab] */
    float *space;                     /* scratch of the size that `space_needed` tells */
} Batch;

typedef struct {
    const Layer *layers;
    int64_t num_layers;
    const float *norm; /* NULL: the layers alone */
    Linear head;
    float epsilon;
} Decoder;

/* ---- A team of threads that waits for work, never for its members ---- */

typedef void (*Work)(const void *job, int64_t chunk, float *scratch);

typedef struct {
    Work work;
    const void *job;
    int64_t num_chunks;
} Phase;

#define PHASES 8

typedef struct Team {
    /* The phase in the upper half, its next chunk in the lower: who takes a chunk by comparing and swapping has read
       the phase that the chunk belongs to. A member that is off its core delays nobody unless it holds a chunk. */
    _Atomic uint64_t ticket;
    _Atomic int64_t num_done;
    Phase phases[PHASES];
    int64_t num_threads, scratch_size;
    float *scratch;
    float *narrowed; /* space for a product's inputs as int8 wants them */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    uint64_t step;
    _Atomic int is_stepping;
} Team;

typedef struct {
    Team *team;
    int64_t number;
} Member;

INLINE void rest(int *turns) {
    if (++*turns < 256) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    } else {
        sched_yield(); /* more threads than cores: let one work that has some */
    }
}

/* Take one chunk and do it; 0 if there is none left. */
static int work_once(Team *team, int64_t member) {
    uint64_t ticket = atomic_load_explicit(&team->ticket, memory_order_acquire);
    Phase phase = team->phases[(ticket >> 32) % PHASES];
    int64_t chunk = (int64_t)(ticket & 0xffffffff);
    if (chunk >= phase.num_chunks) return 0;
    if (!atomic_compare_exchange_weak_explicit(&team->ticket, &ticket, ticket + 1, memory_order_acq_rel,
                                               memory_order_relaxed))
        return 1;
    phase.work(phase.job, chunk, team->scratch + member * team->scratch_size);
    atomic_fetch_add_explicit(&team->num_done, 1, memory_order_acq_rel);
    return 1;
}

static void run(Team *team, Work work, const void *job, int64_t num_chunks) {
    uint64_t number = (atomic_load_explicit(&team->ticket, memory_order_relaxed) >> 32) + 1;
    if (team->num_threads == 1 || num_chunks == 1) {
        for (int64_t chunk = 0; chunk < num_chunks; chunk++) work(job, chunk, team->scratch);
        return;
    }
    team->phases[number % PHASES] = (Phase){work, job, num_chunks};
    atomic_store_explicit(&team->num_done, 0, memory_order_relaxed);
    atomic_store_explicit(&team->ticket, number << 32, memory_order_release);
    while (work_once(team, 0)) {
    }
    for (int turns = 0; atomic_load_explicit(&team->num_done, memory_order_acquire) < num_chunks;) rest(&turns);
}

static void *member_main(void *argument) {
    Member member = *(Member *)argument;
    Team *team = member.team;
    free(argument);
    uint64_t seen = 0;
    for (;;) {
        pthread_mutex_lock(&team->lock);
        while (team->step == seen) pthread_cond_wait(&team->wake, &team->lock);
        seen = team->step;
        pthread_mutex_unlock(&team->lock);
        int turns = 0;
        while (atomic_load_explicit(&team->is_stepping, memory_order_acquire)) {
            if (work_once(team, member.number)) turns = 0;
            else rest(&turns);
        }
    }
    return NULL;
}

/* The caller's thread is one of num_threads; fewer, if the system gives no more. Lives as long as the process.
   NULL if there is no memory for it. */
Team *team_new(int64_t num_threads) {
    Team *team = calloc(1, sizeof *team);
    if (!team) return NULL;
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->wake, NULL);
    for (team->num_threads = 1; team->num_threads < num_threads; team->num_threads++) {
        pthread_t thread;
        Member *member = malloc(sizeof *member);
        if (!member) break;
        *member = (Member){team, team->num_threads};
        if (pthread_create(&thread, NULL, member_main, member)) {
            free(member);
            break;
        }
        pthread_detach(thread);
    }
    return team;
}

static void begin_step(Team *team, float *narrowed, float *scratch, int64_t scratch_size) {
    team->narrowed = narrowed;
    team->scratch = scratch;
    team->scratch_size = scratch_size;
    if (team->num_threads == 1) return;
    atomic_store(&team->is_stepping, 1);
    pthread_mutex_lock(&team->lock);
    team->step++;
    pthread_cond_broadcast(&team->wake);
    pthread_mutex_unlock(&team->lock);
}

static void end_step(Team *team) { atomic_store(&team->is_stepping, 0); }

/* ---- Vectors ---- */

INLINE vec load(const float *from) { return *(const vec_in_memory *)from; }
INLINE vec splat(float value) { return value - (vec){0}; }
INLINE vec choose(ivec mask, vec yes, vec no) { return (vec)((mask & (ivec)yes) | (~mask & (ivec)no)); }
INLINE vec larger(vec a, vec b) { return choose(a > b, a, b); }

INLINE vec from_float16(const _Float16 *from) {
#if defined(__AVX512F__) && LANES == 16
    return (vec)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from));
#elif defined(__F16C__) && LANES == 8
    return (vec)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from));
#else
    vec value;
    for (int i = 0; i < LANES; i++) value[i] = from[i];
    return value;
#endif
}
/* What float16 can't hold becomes the largest that it can. */
INLINE void to_float16(vec value, _Float16 *to) {
    value = choose(value > 65504.0f, splat(65504.0f), choose(value < -65504.0f, splat(-65504.0f), value));
#if defined(__AVX512F__) && LANES == 16
    _mm256_storeu_si256((__m256i *)to, _mm512_cvtps_ph((__m512)value, 0));
#elif defined(__F16C__) && LANES == 8
    _mm_storeu_si128((__m128i *)to, _mm256_cvtps_ph((__m256)value, 0));
#else
    for (int i = 0; i < LANES; i++) to[i] = (_Float16)value[i];
#endif
}

#if defined(__AVX512BW__) && LANES == 16
typedef __m512i pairs;
INLINE pairs widen_pairs(const char *from) { return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)from)); }
INLINE ivec multiply_pairs(pairs a, int32_t two) { return (ivec)_mm512_madd_epi16(a, _mm512_set1_epi32(two)); }
#elif defined(__AVX2__) && LANES == 8
typedef __m256i pairs;
INLINE pairs widen_pairs(const char *from) { return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)from)); }
INLINE ivec multiply_pairs(pairs a, int32_t two) { return (ivec)_mm256_madd_epi16(a, _mm256_set1_epi32(two)); }
#else
typedef struct {
    ivec first, second;
} pairs;
INLINE pairs widen_pairs(const char *from) {
    pairs found;
    for (int i = 0; i < LANES; i++) {
        found.first[i] = ((const int8_t *)from)[2 * i];
        found.second[i] = ((const int8_t *)from)[2 * i + 1];
    }
    return found;
}
INLINE ivec multiply_pairs(pairs a, int32_t two) {
    int16_t each[2];
    memcpy(each, &two, 4);
    return a.first * each[0] + a.second * each[1];
}
#endif
INLINE void store(float *to, vec value) { *(vec_in_memory *)to = value; }

INLINE float sum(vec value) {
    const quarter *parts = (const quarter *)&value;
    quarter total = parts[0];
    for (int i = 1; i < LANES / 4; i++) total += parts[i];
    return (total[0] + total[2]) + (total[1] + total[3]);
}

/* e to the x, within 2 units in the last place: Cephes' expf, by S. Moshier. NaN stays NaN. */
INLINE vec exponential(vec x) {
    x = choose(x < -87.0f, splat(-87.0f), choose(x > 88.0f, splat(88.0f), x));
    vec shifted = x * 1.44269504f + 12582912.0f; /* 1.5 * 2^23: rounds to an integer in the low bits */
    vec n = shifted - 12582912.0f;
    vec r = x - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    vec p = splat(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    return p * (vec)(((uvec)shifted << 23) + (127u << 23));
}

INLINE vec silu(vec x) { return x / (1.0f + exponential(-x)); }

/* ---- Products ---- */

typedef struct {
    Linear linear;
    const float *x;        /* [rows, depth] */
    const int16_t *narrow; /* the same for int8, */
    const float *scales;   /* and what it is in units of: [rows] */
    float *out;            /* [rows, width], of GATE [rows, width / 2] */
    int64_t rows, finish, panels_per_chunk, num_panels;
} Product;

INLINE int64_t weight_size(int64_t kind) { return kind == FLOAT32 ? 4 : kind == INT8 ? 1 : 2; }

/* The weights of a panel's outputs for one input, as two vectors. Of bfloat16, values that are half a panel apart are
   neighbours in memory (see native_linear.py), so that widening takes one operation each. */
INLINE void widen(const char *weight, int64_t kind, vec *low, vec *high) {
    if (kind == FLOAT32) {
        *low = load((const float *)weight), *high = load((const float *)weight + LANES);
    } else if (kind == BFLOAT16) {
        uvec both = *(const words_in_memory *)weight;
        *low = (vec)(both << 16), *high = (vec)(both & 0xffff0000u);
    } else {
        *low = from_float16((const _Float16 *)weight), *high = from_float16((const _Float16 *)weight + LANES);
    }
}

/* sums[panels][rows][2]; kind, rows and panels are constants, so the loops over them are unrolled into registers. */
INLINE void tile(const float *x, int64_t depth, const char *weight, int64_t kind, int rows, int panels, vec *sums) {
    int64_t step = PANEL * weight_size(kind);
    vec s[2 * MAX_ROWS];
#pragma GCC unroll 12
    for (int i = 0; i < 2 * rows * panels; i++) s[i] = (vec){0};
    for (int64_t k = 0; k < depth; k++) {
#pragma GCC unroll 4
        for (int c = 0; c < panels; c++) {
            const char *here = weight + (c * depth + k) * step;
            vec low, high;
            widen(here, kind, &low, &high);
            if (rows > 2) __builtin_prefetch(here + AHEAD); /* with less to compute, the memory is busy all the time */
#pragma GCC unroll 6
            for (int r = 0; r < rows; r++) {
                vec input = splat(x[r * depth + k]);
                s[2 * (c * rows + r)] += input * low;
                s[2 * (c * rows + r) + 1] += input * high;
            }
        }
    }
#pragma GCC unroll 12
    for (int i = 0; i < 2 * rows * panels; i++) sums[i] = s[i];
}

/* Weights of int8 by inputs of int16, two inputs at once, exact in int32: see `narrow`. One more operation a weight
   than float32's would be one too many for a single row, which waits for nothing but its weights. */
INLINE void int8_tile(const int16_t *x, const float *scales, int64_t depth, const char *weight, int rows, int panels,
                      vec *sums) {
    ivec s[2 * MAX_ROWS];
#pragma GCC unroll 12
    for (int i = 0; i < 2 * rows * panels; i++) s[i] = (ivec){0};
    for (int64_t k = 0; k < depth; k += 2) {
#pragma GCC unroll 4
        for (int c = 0; c < panels; c++) {
            const char *here = weight + (c * depth + k) * PANEL;
            if (rows > 2) __builtin_prefetch(here + AHEAD);
            pairs low = widen_pairs(here), high = widen_pairs(here + PANEL);
#pragma GCC unroll 6
            for (int r = 0; r < rows; r++) {
                int32_t two;
                memcpy(&two, x + r * depth + k, 4);
                s[2 * (c * rows + r)] += multiply_pairs(low, two);
                s[2 * (c * rows + r) + 1] += multiply_pairs(high, two);
            }
        }
    }
#pragma GCC unroll 12
    for (int i = 0; i < 2 * rows * panels; i++)
        sums[i] = __builtin_convertvector(s[i], vec) * scales[i / 2 % rows];
}

/* Inputs as int16, each row by its own scale, so large that no sum over `depth` weights of int8 can overflow. */
static void narrow(const float *x, int64_t rows, int64_t depth, int16_t *out, float *scales) {
    int64_t limit = 2147483647 / (127 * depth);
    float top = (float)(limit < 32767 ? limit : 32767);
    for (int64_t r = 0; r < rows; r++, x += depth, out += depth) {
        float most = 0;
        for (int64_t k = 0; k < depth; k++) most = fabsf(x[k]) > most ? fabsf(x[k]) : most;
        float by = most > 0 ? top / most : 0;
        /* a row with infinity or NaN in it has no number in its result either */
        float broken = 0;
        for (int64_t k = 0; k < depth; k++) broken += x[k] * 0;
        scales[r] = most / top + broken;
        for (int64_t k = 0; k < depth; k++) out[k] = broken == 0 ? (int16_t)rintf(x[k] * by) : 0;
    }
}

/* As many panels at once as leave no multiply-add waiting for the one before it; returns how many. */
#define CASE(rows, at_once)                          \
    case rows:                                       \
        if (panels < at_once) return TILE(rows, 1), 1; \
        return TILE(rows, at_once), at_once;
#define CASES \
    switch (rows) { CASE(1, 4) CASE(2, 2) CASE(3, 2) CASE(4, 1) CASE(5, 1) default: CASE(6, 1) }

#define TILE(rows, at_once) tile(x, p->linear.depth, weight, kind, rows, at_once, sums)
INLINE int tiles_of(int64_t kind, const Product *p, int64_t row, const char *weight, int rows, int64_t panels,
                    vec *sums) {
    const float *x = p->x + row * p->linear.depth;
    CASES
}
#undef TILE
#define TILE(rows, at_once) int8_tile(x, p->scales + row, p->linear.depth, weight, rows, at_once, sums)
static int int8_tiles(const Product *p, int64_t row, const char *weight, int rows, int64_t panels, vec *sums) {
    const int16_t *x = p->narrow + row * p->linear.depth;
    CASES
}

static int tiles(const Product *p, int64_t row, const char *weight, int rows, int64_t panels, vec *sums) {
    switch (p->linear.kind) {
        case FLOAT32: return tiles_of(FLOAT32, p, row, weight, rows, panels, sums);
        case BFLOAT16: return tiles_of(BFLOAT16, p, row, weight, rows, panels, sums);
        case FLOAT16: return tiles_of(FLOAT16, p, row, weight, rows, panels, sums);
        default: return int8_tiles(p, row, weight, rows, panels, sums);
    }
}

INLINE void store_some(float *to, vec value, int64_t count) {
    if (count >= LANES) store(to, value);
    else
        for (int64_t i = 0; i < count; i++) to[i] = value[i];
}

INLINE vec finished(const Linear *linear, int64_t column, vec value) {
    if (linear->scale) value *= load(linear->scale + column);
    if (linear->bias) value += load(linear->bias + column);
    return value;
}

static void finish(const Product *p, int64_t row, int rows, int64_t panel, int panels, const vec *sums) {
    const Linear *linear = &p->linear;
    int64_t width = p->finish == GATE ? linear->width / 2 : linear->width;
    int step = p->finish == GATE ? 2 : 1;
    for (int c = 0; c < panels; c += step)
        for (int r = 0; r < rows; r++)
            for (int half = 0; half < 2; half++) {
                int64_t column = (panel + c) * PANEL + half * LANES;
                int64_t place = (panel + c) / step * PANEL + half * LANES;
                if (place >= width) continue;
                float *to = p->out + (row + r) * width + place;
                vec value = finished(linear, column, sums[2 * (c * rows + r) + half]);
                if (p->finish == GATE)
                    value = silu(value) * finished(linear, column + PANEL, sums[2 * ((c + 1) * rows + r) + half]);
                if (p->finish == ADD) {
                    if (width - place >= LANES) value += load(to);
                    else
                        for (int64_t i = 0; i < width - place; i++) value[i] += to[i];
                }
                store_some(to, value, width - place);
            }
}

static void multiply(const void *job, int64_t chunk, float *scratch) {
    (void)scratch;
    const Product *p = job;
    const Linear *linear = &p->linear;
    int64_t first = chunk * p->panels_per_chunk, last = first + p->panels_per_chunk;
    if (last > p->num_panels) last = p->num_panels;
    int64_t panel_size = linear->depth * PANEL * weight_size(linear->kind);
    vec sums[4 * MAX_ROWS];
    int64_t row = 0;
    for (int64_t left = (p->rows + MAX_ROWS - 1) / MAX_ROWS; left > 0; left--) {
        int rows = (int)((p->rows - row + left - 1) / left);
        for (int64_t panel = first; panel < last;) {
            const char *weight = (const char *)linear->weight + panel * panel_size;
            int panels = tiles(p, row, weight, rows, last - panel, sums);
            if (p->finish == GATE && panels == 1)
                panels += tiles(p, row, weight + panel_size, rows, 1, sums + 2 * rows);
            finish(p, row, rows, panel, panels, sums);
            panel += panels;
        }
        row += rows;
    }
}

static void product(Team *team, const Linear *linear, const float *x, float *out, int64_t rows, int64_t finish) {
    float *scales = team->narrowed;
    int16_t *narrowed = (int16_t *)(scales + rows);
    if (linear->kind == INT8) narrow(x, rows, linear->depth, narrowed, scales);
    Product p = {*linear, x, narrowed, scales, out, rows, finish, 0, 0};
    p.num_panels = (linear->width + PANEL - 1) / PANEL;
    if (finish == GATE) p.num_panels = 2 * ((linear->width / 2 + PANEL - 1) / PANEL);
    /* A chunk's weights stay in a core's own cache; with many rows a panel is work enough. */
    int64_t size = linear->depth * PANEL * weight_size(linear->kind) * (1 + rows / 16);
    p.panels_per_chunk = size >= 65536 ? 1 : 65536 / size;
    if (finish == GATE || rows < 4) p.panels_per_chunk = (p.panels_per_chunk + 3) / 4 * 4;
    run(team, multiply, &p, (p.num_panels + p.panels_per_chunk - 1) / p.panels_per_chunk);
}

/* RMS norm, Zhang and Sennrich 2019 (arXiv 1910.07467). */
static void norm_row(const float *x, const float *weight, float epsilon, int64_t size, float *out) {
    vec squares = {0};
    float tail = 0;
    int64_t i = 0;
    for (; i + LANES <= size; i += LANES) squares += load(x + i) * load(x + i);
    for (; i < size; i++) tail += x[i] * x[i];
    float inverse = 1.0f / sqrtf((sum(squares) + tail) / (float)size + epsilon);
    for (i = 0; i + LANES <= size; i += LANES) store(out + i, load(x + i) * inverse * load(weight + i));
    for (; i < size; i++) out[i] = x[i] * inverse * weight[i];
}

/* ---- Attention ---- */

typedef struct {
    const Layer *layer;
    const Batch *batch;
    float *qkv;      /* [num_tokens, (num_heads + 2 * num_kv_heads) * head_dim] */
    float *attended; /* [num_tokens, num_heads * head_dim] */
    const int64_t *units; /* [num_units, 3]: token, tokens of a prompt or -1 for a decode, head or KV head */
    int64_t first_token;  /* of a prompt, while its tokens are placed */
} Attention;

/* Rotary position embedding, Su et al. 2021 (arXiv 2104.09864), of one head in place: halves as transformers has them. */
static void rotate(float *head, const float *cos, const float *sin, int64_t size) {
    int64_t half = size / 2, i = 0;
    for (; i + LANES <= half; i += LANES) {
        vec a = load(head + i), b = load(head + half + i);
        store(head + i, a * load(cos + i) - b * load(sin + i));
        store(head + half + i, b * load(cos + half + i) + a * load(sin + half + i));
    }
    for (; i < half; i++) {
        float a = head[i], b = head[half + i];
        head[i] = a * cos[i] - b * sin[i];
        head[half + i] = b * cos[half + i] + a * sin[half + i];
    }
}

/* Some heads of one token, normed and rotated. */
static void turn(const Attention *a, int64_t token, int64_t first_head, int64_t num_heads, const float *norm) {
    const Layer *layer = a->layer;
    int64_t dim = layer->head_dim, angle = a->batch->rotary_rows[token] * dim;
    float *head = a->qkv + (token * (layer->num_heads + 2 * layer->num_kv_heads) + first_head) * dim;
    for (int64_t h = 0; h < num_heads; h++, head += dim) {
        if (norm) norm_row(head, norm, layer->head_epsilon, dim, head);
        if (layer->is_rotated) rotate(head, a->batch->cos + angle, a->batch->sin + angle, dim);
    }
}

INLINE int64_t cached_size(const Layer *layer) { return layer->cache_kind == FLOAT16 ? 2 : 4; }

/* Where the cache has a token's row of a KV head at some position. */
INLINE char *cache_row(const Attention *a, int64_t token, int64_t kv_head, void *cache, int64_t position) {
    const Layer *layer = a->layer;
    int64_t row = (a->batch->slots[token] * layer->num_kv_heads + kv_head) * layer->max_len + position;
    return (char *)cache + row * layer->head_dim * cached_size(layer);
}

static void write_row(const Layer *layer, char *to, const float *from) {
    int64_t i = 0, dim = layer->head_dim;
    if (layer->cache_kind == FLOAT16) {
        for (; i + LANES <= dim; i += LANES) to_float16(load(from + i), (_Float16 *)to + i);
        for (; i < dim; i++)
            ((_Float16 *)to)[i] = (_Float16)(from[i] > 65504.0f ? 65504.0f : from[i] < -65504.0f ? -65504.0f : from[i]);
    } else {
        memcpy(to, from, (size_t)dim * 4);
    }
}

INLINE vec load_cached(const char *row, int64_t i, int64_t kind) {
    return kind == FLOAT16 ? from_float16((const _Float16 *)row + i) : load((const float *)row + i);
}

INLINE float cached(const char *row, int64_t i, int64_t kind) {
    return kind == FLOAT16 ? (float)((const _Float16 *)row)[i] : ((const float *)row)[i];
}

/* The heads of one token that share keys and values, ready to attend, and its key and value in the cache. */
static void place(const Attention *a, int64_t token, int64_t kv_head) {
    const Layer *layer = a->layer;
    int64_t dim = layer->head_dim, heads = layer->num_heads, kv_heads = layer->num_kv_heads, group = heads / kv_heads;
    turn(a, token, kv_head * group, group, layer->query_norm);
    turn(a, token, heads + kv_head, 1, layer->key_norm);
    const float *key = a->qkv + (token * (heads + 2 * kv_heads) + heads + kv_head) * dim;
    write_row(layer, cache_row(a, token, kv_head, layer->keys, a->batch->positions[token]), key);
    write_row(layer, cache_row(a, token, kv_head, layer->values, a->batch->positions[token]), key + kv_heads * dim);
}

static void place_token(const void *job, int64_t token, float *scratch) {
    (void)scratch;
    const Attention *a = job;
    for (int64_t h = 0; h < a->layer->num_kv_heads; h++) place(a, a->first_token + token, h);
}

INLINE float dot(const float *query, const char *key, int64_t size, int64_t kind) {
    vec total = {0};
    float tail = 0;
    int64_t i = 0;
    for (; i + LANES <= size; i += LANES) total += load(query + i) * load_cached(key, i, kind);
    for (; i < size; i++) tail += query[i] * cached(key, i, kind);
    return sum(total) + tail;
}

/* Scores to weights, in place; returns what they must still be divided by. */
static float soften(float *scores, int64_t len) {
    float most = scores[0], total = 0;
    for (int64_t j = 1; j < len; j++) most = scores[j] > most ? scores[j] : most;
    vec totals = {0};
    int64_t j = 0;
    for (; j + LANES <= len; j += LANES) {
        vec weight = exponential(load(scores + j) - most);
        store(scores + j, weight);
        totals += weight;
    }
    vec rest = splat(-87.0f);
    for (int64_t i = j; i < len; i++) rest[i - j] = scores[i] - most;
    rest = exponential(rest);
    for (int64_t i = j; i < len; i++) total += scores[i] = rest[i - j];
    return total + sum(totals);
}

/* `count` heads that share keys and values; count and kind are constants. scratch: [count, len]. */
INLINE void attend_heads(const float *query, const char *keys, const char *values, int64_t kind, int64_t len,
                         int64_t dim, float scale, int count, float *out, float *scratch) {
    float inverse[4];
    int64_t row = dim * (kind == FLOAT16 ? 2 : 4);
    for (int64_t j = 0; j < len; j++) {
        /* Values are read in columns afterwards, which no hardware foresees. */
        for (int64_t i = 0; i < row; i += 64) {
            __builtin_prefetch(keys + (j + 8) * row + i);
            __builtin_prefetch(values + j * row + i);
        }
#pragma GCC unroll 4
        for (int h = 0; h < count; h++) scratch[h * len + j] = dot(query + h * dim, keys + j * row, dim, kind) * scale;
    }
    for (int h = 0; h < count; h++) inverse[h] = 1.0f / soften(scratch + h * len, len);
    int64_t d = 0;
    for (; d + 2 * LANES <= dim; d += 2 * LANES) {
        vec s[8];
#pragma GCC unroll 8
        for (int i = 0; i < 2 * count; i++) s[i] = (vec){0};
        for (int64_t j = 0; j < len; j++) {
            vec low = load_cached(values + j * row, d, kind), high = load_cached(values + j * row, d + LANES, kind);
#pragma GCC unroll 4
            for (int h = 0; h < count; h++) {
                vec weight = splat(scratch[h * len + j]);
                s[2 * h] += low * weight;
                s[2 * h + 1] += high * weight;
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < 2 * count; i++) store(out + i / 2 * dim + d + i % 2 * LANES, s[i] * inverse[i / 2]);
    }
    for (; d < dim; d++)
        for (int h = 0; h < count; h++) {
            float total = 0;
            for (int64_t j = 0; j < len; j++) total += cached(values + j * row, d, kind) * scratch[h * len + j];
            out[h * dim + d] = total * inverse[h];
        }
}

/* The heads of one token that share keys and values (grouped-query attention, arXiv 2305.13245). */
static void attend_token(const Attention *a, int64_t token, int64_t kv_head, float *scratch) {
    const Layer *layer = a->layer;
    place(a, token, kv_head);
    int64_t dim = layer->head_dim, group = layer->num_heads / layer->num_kv_heads;
    int64_t end = a->batch->positions[token] + 1;
    int64_t first = layer->window && end > layer->window ? end - layer->window : 0, len = end - first;
    const char *keys = cache_row(a, token, kv_head, layer->keys, first);
    const char *values = cache_row(a, token, kv_head, layer->values, first);
    const float *query = a->qkv + (token * (layer->num_heads + 2 * layer->num_kv_heads) + kv_head * group) * dim;
    float *out = a->attended + (token * layer->num_heads + kv_head * group) * dim;
#define HEADS(kind, count)                                                                               \
    case count:                                                                                          \
        attend_heads(query, keys, values, kind, len, dim, layer->scale, count, out, scratch);            \
        break;
    for (int64_t h = 0; h < group;) {
        int64_t count = group - h < 4 ? group - h : 4;
        if (layer->cache_kind == FLOAT16)
            switch (count) { HEADS(FLOAT16, 1) HEADS(FLOAT16, 2) HEADS(FLOAT16, 3) HEADS(FLOAT16, 4) }
        else
            switch (count) { HEADS(FLOAT32, 1) HEADS(FLOAT32, 2) HEADS(FLOAT32, 3) HEADS(FLOAT32, 4) }
        h += count, query += count * dim, out += count * dim;
    }
}

/* The cache's rows as float32: themselves, or a copy in `space`. */
static const float *widened(const Layer *layer, const char *rows, int64_t len, float *space) {
    if (layer->cache_kind == FLOAT32) return (const float *)rows;
    int64_t size = len * layer->head_dim, i = 0;
    for (; i + LANES <= size; i += LANES) store(space + i, from_float16((const _Float16 *)rows + i));
    for (; i < size; i++) space[i] = (float)((const _Float16 *)rows)[i];
    return space;
}

/* One head of up to BLOCK tokens of a prompt, one token a lane: no sum across lanes is ever needed.
   scratch: queries [dim, BLOCK], scores [len, BLOCK], and from float16 keys and values [len, dim]. */
static void attend_block(const Attention *a, int64_t token, int64_t count, int64_t head, float *scratch) {
    const Layer *layer = a->layer;
    int64_t dim = layer->head_dim, kv_head = head / (layer->num_heads / layer->num_kv_heads);
    int64_t start = a->batch->positions[token], end = start + count;
    int64_t first = layer->window && start + 1 > layer->window ? start + 1 - layer->window : 0, len = end - first;
    int64_t row = (layer->num_heads + 2 * layer->num_kv_heads) * dim;
    const float *query = a->qkv + token * row + head * dim;
    float *queries = scratch, *scores = queries + dim * BLOCK, *space = scores + len * BLOCK;
    const float *keys = widened(layer, cache_row(a, token, kv_head, layer->keys, first), len, space);
    const float *values = widened(layer, cache_row(a, token, kv_head, layer->values, first), len, space + len * dim);
    for (int64_t d = 0; d < dim; d++)
        for (int64_t t = 0; t < BLOCK; t++) queries[d * BLOCK + t] = t < count ? query[t * row + d] * layer->scale : 0;
    vec low_most = splat(-INFINITY), high_most = splat(-INFINITY);
    ivec lane;
    for (int i = 0; i < LANES; i++) lane[i] = i;
    for (int64_t j = 0; j < len; j += 4) {
        vec s[8] = {{0}};
        int64_t n = len - j < 4 ? len - j : 4;
        const float *k0 = keys + j * dim, *k1 = n > 1 ? k0 + dim : k0, *k2 = n > 2 ? k1 + dim : k0;
        const float *k3 = n > 3 ? k2 + dim : k0;
        for (int64_t d = 0; d < dim; d++) {
            vec low = load(queries + d * BLOCK), high = load(queries + d * BLOCK + LANES);
            s[0] += low * k0[d], s[1] += high * k0[d];
            s[2] += low * k1[d], s[3] += high * k1[d];
            s[4] += low * k2[d], s[5] += high * k2[d];
            s[6] += low * k3[d], s[7] += high * k3[d];
        }
        for (int64_t i = 0; i < n; i++) {
            int32_t behind = (int32_t)(first + j + i - start); /* the first lane that sees this key */
            ivec low_hidden = lane < behind, high_hidden = lane + LANES < behind;
            if (layer->window) {
                int32_t beyond = behind + (int32_t)layer->window; /* the first lane that no longer does */
                low_hidden |= lane >= beyond, high_hidden |= lane + LANES >= beyond;
            }
            vec low = choose(low_hidden, splat(-INFINITY), s[2 * i]);
            vec high = choose(high_hidden, splat(-INFINITY), s[2 * i + 1]);
            low_most = larger(low, low_most), high_most = larger(high, high_most);
            store(scores + (j + i) * BLOCK, low);
            store(scores + (j + i) * BLOCK + LANES, high);
        }
    }
    vec low_total = {0}, high_total = {0};
    for (int64_t j = 0; j < len; j++) {
        vec low = load(scores + j * BLOCK), high = load(scores + j * BLOCK + LANES);
        ivec low_hidden = low == -INFINITY, high_hidden = high == -INFINITY;
        low = choose(low_hidden, (vec){0}, exponential(low - low_most));
        high = choose(high_hidden, (vec){0}, exponential(high - high_most));
        low_total += low, high_total += high;
        store(scores + j * BLOCK, low);
        store(scores + j * BLOCK + LANES, high);
    }
    float *out = a->attended + (token * layer->num_heads + head) * dim;
    int64_t out_row = layer->num_heads * dim;
    for (int64_t d = 0; d < dim; d += 4) {
        vec s[8] = {{0}};
        int64_t n = dim - d < 4 ? dim - d : 4;
        for (int64_t j = 0; j < len; j++) {
            vec low = load(scores + j * BLOCK), high = load(scores + j * BLOCK + LANES);
            const float *value = values + j * dim + d;
            float v1 = n > 1 ? value[1] : 0, v2 = n > 2 ? value[2] : 0, v3 = n > 3 ? value[3] : 0;
            s[0] += low * value[0], s[1] += high * value[0];
            s[2] += low * v1, s[3] += high * v1;
            s[4] += low * v2, s[5] += high * v2;
            s[6] += low * v3, s[7] += high * v3;
        }
        for (int64_t i = 0; i < n; i++) {
            vec low = s[2 * i] / low_total, high = s[2 * i + 1] / high_total;
            for (int64_t t = 0; t < count; t++)
                out[t * out_row + d + i] = t < LANES ? low[t] : high[t - LANES];
        }
    }
}

static void attend(const void *job, int64_t chunk, float *scratch) {
    const Attention *a = job;
    const int64_t *unit = a->units + 3 * chunk;
    if (unit[1] < 0) attend_token(a, unit[0], unit[2], scratch);
    else attend_block(a, unit[0], unit[1], unit[2], scratch);
}

/* Cut the batch into (token, tokens or -1 for a decode, head) and return how many there are; units NULL: only count. */
static int64_t cut(const Layer *layer, const Batch *batch, int64_t *units) {
    int64_t count = 0;
    for (int64_t p = 0; p < batch->num_pieces; p++) {
        int64_t first = batch->pieces[3 * p], tokens = batch->pieces[3 * p + 1], is_prompt = batch->pieces[3 * p + 2];
        int64_t size = is_prompt ? BLOCK : 1, heads = is_prompt ? layer->num_heads : layer->num_kv_heads;
        for (int64_t t = 0; t < tokens; t += size)
            for (int64_t h = 0; h < heads; h++, count++)
                if (units) {
                    units[3 * count] = first + t;
                    units[3 * count + 1] = !is_prompt ? -1 : tokens - t < size ? tokens - t : size;
                    units[3 * count + 2] = h;
                }
    }
    return count;
}

/* ---- A step ---- */

static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t scratch_needed(const Layer *layer, int64_t longest) {
    int64_t group = layer->num_heads / layer->num_kv_heads;
    int64_t copies = layer->cache_kind == FLOAT16 ? 2 * longest * layer->head_dim : 0;
    int64_t block = (layer->head_dim + longest) * BLOCK + copies;
    return most((group < 4 ? group : 4) * longest, block) + 16; /* no cache line is shared */
}

typedef struct {
    int64_t qkv, attended, inner, narrowed, units, scratch, total; /* places, in floats */
} Places;

static Places places_of(const Decoder *decoder, const Batch *batch, int64_t num_threads, int64_t longest) {
    int64_t hidden = 0, qkv = 0, attended = 0, inner = 0, num_units = 0, scratch = 0;
    for (int64_t i = 0; i < decoder->num_layers; i++) {
        const Layer *layer = decoder->layers + i;
        hidden = most(hidden, layer->hidden);
        qkv = most(qkv, layer->qkv.width);
        attended = most(attended, layer->out.depth);
        inner = most(inner, layer->down.depth);
        num_units = most(num_units, cut(layer, batch, NULL));
        scratch = most(scratch, scratch_needed(layer, longest));
    }
    int64_t tokens = most(batch->num_tokens, batch->num_logits);
    Places places = {0};
    places.qkv = tokens * hidden;
    places.attended = places.qkv + tokens * qkv;
    places.inner = places.attended + tokens * attended;
    places.narrowed = places.inner + tokens * inner;
    places.units = (places.narrowed + tokens * (most(hidden, most(attended, inner)) / 2 + 1) + 1) / 2 * 2;
    places.scratch = places.units + num_units * 6;
    places.total = places.scratch + num_threads * scratch;
    return places;
}

static int64_t longest_of(const Batch *batch) {
    int64_t longest = 1;
    for (int64_t t = 0; t < batch->num_tokens; t++) longest = most(longest, batch->positions[t] + 1);
    return longest;
}

/* How many floats of scratch space the batch needs. */
int64_t space_needed(const Team *team, const Decoder *decoder, const Batch *batch) {
    return places_of(decoder, batch, team->num_threads, longest_of(batch)).total;
}

/* All layers, and the head if there is one. Thread: one at a time. The batch must have as much space as it needs. */
void decoder_step(Team *team, const Decoder *decoder, const Batch *batch) {
    int64_t longest = longest_of(batch), tokens = batch->num_tokens;
    Places places = places_of(decoder, batch, team->num_threads, longest);
    float *normed = batch->space, *qkv = batch->space + places.qkv, *attended = batch->space + places.attended;
    float *inner = batch->space + places.inner, *x = batch->x;
    int64_t *units = (int64_t *)(batch->space + places.units);
    begin_step(team, batch->space + places.narrowed, batch->space + places.scratch,
               (places.total - places.scratch) / team->num_threads);
    for (int64_t i = 0; i < decoder->num_layers; i++) {
        const Layer *layer = decoder->layers + i;
        int64_t hidden = layer->hidden;
        for (int64_t t = 0; t < tokens; t++)
            norm_row(x + t * hidden, layer->input_norm, layer->input_epsilon, hidden, normed + t * hidden);
        product(team, &layer->qkv, normed, qkv, tokens, STORE);
        Attention attention = {layer, batch, qkv, attended, units, 0};
        for (int64_t p = 0; p < batch->num_pieces; p++) {
            attention.first_token = batch->pieces[3 * p];
            if (batch->pieces[3 * p + 2]) run(team, place_token, &attention, batch->pieces[3 * p + 1]);
        }
        run(team, attend, &attention, cut(layer, batch, units));
        product(team, &layer->out, attended, x, tokens, ADD);
        for (int64_t t = 0; t < tokens; t++)
            norm_row(x + t * hidden, layer->mlp_norm, layer->mlp_epsilon, hidden, normed + t * hidden);
        product(team, &layer->gate_up, normed, inner, tokens, GATE);
        product(team, &layer->down, inner, x, tokens, ADD);
    }
    if (decoder->norm && batch->num_logits) {
        int64_t hidden = decoder->head.depth;
        for (int64_t t = 0; t < batch->num_logits; t++)
            norm_row(x + batch->logit_tokens[t] * hidden, decoder->norm, decoder->epsilon, hidden, normed + t * hidden);
        product(team, &decoder->head, normed, batch->logits, batch->num_logits, STORE);
    }
    end_step(team);
}

/* Copy the keys and values of `count` tokens from one slot to the same places of another, in all layers. */
void copy_tokens(const Decoder *decoder, int64_t from_slot, int64_t to_slot, int64_t first, int64_t count) {
    for (int64_t i = 0; i < decoder->num_layers; i++) {
        const Layer *layer = decoder->layers + i;
        int64_t token = layer->head_dim * cached_size(layer);
        for (int64_t h = 0; h < layer->num_kv_heads; h++) {
            int64_t from = ((from_slot * layer->num_kv_heads + h) * layer->max_len + first) * token;
            int64_t to = ((to_slot * layer->num_kv_heads + h) * layer->max_len + first) * token;
            memmove((char *)layer->keys + to, (char *)layer->keys + from, (size_t)(count * token));
            memmove((char *)layer->values + to, (char *)layer->values + from, (size_t)(count * token));
        }
    }
}

/* out = x @ weight.T * scale + bias; x: [rows, depth], out: [rows, width], space: rows * (depth / 2 + 1) floats.
   Thread: one at a time. */
void linear_rows(Team *team, const Linear *linear, const float *x, float *out, int64_t rows, float *space) {
    begin_step(team, space, NULL, 0);
    product(team, linear, x, out, rows, STORE);
    end_step(team);
}

int64_t panel_columns(void) { return PANEL; }
