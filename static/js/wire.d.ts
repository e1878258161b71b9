// Generated from server/wire/messages/ by `python -m server.wire.typescript`. Do not edit.

export type ArrayForm = "typed" | "shades" | "list";

export type Axis =
  Folds | LearningRates | BatchSizes | Widths | DropoutRates | Poolings | Optimizers | Initialisations;

export type Balance = "as_is" | "equal" | "uneven";

export type BuiltIn =
  | "digits"
  | "drawn"
  | "lines"
  | "signals"
  | "shapes"
  | "handwriting"
  | "mnist"
  | "fashion_mnist"
  | "cifar10"
  | "two_inputs"
  | "small_image"
  | "two_channels"
  | "bright_pixel";

export type DatasetName =
  | "digits"
  | "drawn"
  | "lines"
  | "signals"
  | "shapes"
  | "handwriting"
  | "mnist"
  | "fashion_mnist"
  | "cifar10"
  | "two_inputs"
  | "small_image"
  | "two_channels"
  | "bright_pixel"
  | `own:${string}`;

export type DoubtKey = "several" | "at_border" | "faint";

export type Each = "channel" | "example" | "filter";

export type EarlyStopping = Off | Patience;

export type Edit = LearningRateEdit | ExampleEdit | PictureEdit | ParameterEdit;

export type ErrorCode =
  | "bad_request"
  | "beyond_the_end"
  | "broken_off"
  | "diverged"
  | "finished"
  | "full"
  | "internal"
  | "invalid"
  | "malformed_json"
  | "method_not_allowed"
  | "no_data"
  | "no_draft"
  | "no_evaluation"
  | "no_such_leader"
  | "no_such_player"
  | "no_such_run"
  | "no_such_sweep"
  | "not_computed"
  | "not_found"
  | "not_http"
  | "not_json"
  | "not_yours"
  | "picture"
  | "stopped_early"
  | "too_large"
  | "too_many_running"
  | "too_many_uploads"
  | "unusable"
  | "wrong_host"
  | "wrong_origin";

export type EvaluationStatus = "running" | "done" | "cancelled" | "failed";

export type Form = "picture" | "windows" | "curve" | "matrix" | "distribution" | "normalise" | "before_after";

export type Initialisation = He | Xavier | Normal | Uniform | Zeros | Fixed | AllEqual;

export type Kind = "out" | "dw" | "dx";

export type Lane = "forward" | "parameters" | "backward" | "before" | "after";

export type Layer =
  | Conv2d
  | MaxPool2d
  | AvgPool2d
  | GlobalAvgPool
  | ReLU
  | LeakyReLU
  | Sigmoid
  | Tanh
  | GELU
  | Softmax
  | BatchNorm
  | Dropout
  | Add
  | Flatten
  | Dense;

export type Loss =
  SoftmaxCrossEntropy | BinaryCrossEntropy | SquaredError | MeanSquaredError | RootMeanSquaredError;

export type Mark = "lit" | "part";

export type MathTag =
  "mrow" | "mi" | "mn" | "mo" | "mtext" | "msub" | "msup" | "mfrac" | "msqrt" | "munder" | "munderover";

export type Method = "gradient" | "magnitude" | "guided" | "grad_cam" | "occlusion";

export type Metric = "euclidean" | "cosine";

export type Optimizer = SGD | Momentum | Nesterov | RMSProp | Adam | AdamW;

export type Phase = "forward" | "loss" | "backward" | "update";

export type Rule =
  | "sum"
  | "softmax"
  | "negative_log"
  | "root"
  | "quotient"
  | "argmax"
  | "given"
  | "sigmoid"
  | "tanh"
  | "gelu"
  | "sign";

export type Scaling = "unit" | "centred" | "standardised";

export type Schedule = Constant | StepDecay | Cosine;

export type Scope = "example" | "batch" | "network";

export type Sort = "size" | "order";

export type Split = "train" | "validation" | "test";

export type StageKey =
  "grey" | "even" | "ink" | "lines" | "clean" | "crop" | "scale" | "stroke" | "centre" | "input";

export type Status = "paused" | "running" | "finished" | "stopped" | "diverged" | "failed";

export type SweepRunStatus = "waiting" | "running" | "done" | "diverged" | "cancelled" | "failed";

export type SweepStatus = "waiting" | "running" | "done" | "cancelled";

export type Unit = "cell" | "layer" | "phase" | "iteration" | "epoch";

export type UploadName = `own:${string}`;

export type Validation = NoValidation | HoldOut | KFold;

export type Verdict = "sure" | "unsure" | "untrained";

export type Way = "stamps" | "correlation";

/**
 * Adam (Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization"), as torch.optim.Adam has it.
 *
 * m = beta1 · m + (1 − beta1) · gradient, v = beta2 · v + (1 − beta2) · gradient²,
 * m̂ = m / (1 − beta1^t) and v̂ = v / (1 − beta2^t) where t counts updates from 1,
 * change = −learning rate / (√v̂ + eps) · m̂.
 */
export interface Adam {
  readonly learning_rate: number;
  readonly l1: number;
  readonly l2: number;
  readonly clip_value: number | null;
  readonly clip_norm: number | null;
  readonly kind: "adam";
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), as torch.optim.AdamW has it.
 *
 * Each update also subtracts learning rate · weight_decay · parameter.
 */
export interface AdamW {
  readonly learning_rate: number;
  readonly l1: number;
  readonly l2: number;
  readonly clip_value: number | null;
  readonly clip_norm: number | null;
  readonly kind: "adamw";
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weight_decay: number;
}

/**
 * Adds the output of an earlier layer to its input, cell by cell: the skip connection.
 *
 * `back` is the distance to that layer. With `back` 1 it would be the previous layer; one step beyond the
 * first layer is the input of the network.
 */
export interface Add {
  readonly back: number;
  readonly kind: "add";
}

/**
 * The two ways to one map of dx, compared in float64 over all its `cells`.
 *
 * `difference` is the largest difference between the two ways, `from_engine` the largest between the stamps
 * and the engine's numbers. Both are null where a number is not finite.
 */
export interface Agreement {
  readonly cells: number;
  readonly difference: number | null;
  readonly from_engine: number | null;
  readonly agree: boolean;
  readonly words: string;
}

/**
 * One filter or unit drawn as by `He`, and all others of its layer equal to it.
 */
export interface AllEqual {
  readonly kind: "all_equal";
}

/**
 * The answer to one example. `certainty` is the probability of the answer.
 */
export interface Answer {
  readonly example: number;
  readonly label: number;
  readonly answer: number;
  readonly certainty: number | null;
  readonly loss: number | null;
}

/**
 * A page of `total` examples with their answers, and their inputs one after the other.
 */
export interface Answers {
  readonly part: Split;
  readonly start: number;
  readonly total: number;
  readonly images: TypedArray;
  readonly signed: boolean;
  readonly answers: readonly Answer[];
}

/**
 * Random changes of a training example, new ones in each iteration.
 *
 * It is moved by up to `shift` pixels, turned by up to `rotation` degrees, and resized by up to the fraction
 * `scale`. Noise of standard deviation `noise` is added to its numbers before they are scaled.
 */
export interface Augmentation {
  readonly shift: number;
  readonly rotation: number;
  readonly scale: number;
  readonly noise: number;
}

/**
 * The mean of every window: (C, H, W) -> (C, P, Q).
 */
export interface AvgPool2d {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number] | null;
  readonly kind: "avgpool2d";
}

/**
 * All N examples of an iteration's batch.
 *
 * `inputs` (N, ...) are the inputs as one byte a cell, `scores` (N, K) the last outputs, `probabilities`
 * (N, K) those of the loss (null without any), `losses` (N,) the losses, and `loss` their mean, which the
 * iteration learns from; null when it is not finite.
 */
export interface Batch {
  readonly iteration: number;
  readonly examples: readonly Example[];
  readonly inputs: FrameTensor;
  readonly scores: Tensor;
  readonly probabilities: Tensor | null;
  readonly losses: Tensor;
  readonly loss: number | null;
}

/**
 * Normalises every channel to mean 0 and variance 1 over the batch, then multiplies it by w and adds b.
 *
 * In a row, (D,), every number is a channel. Parameters: w (C,), starting at 1, and b (C,); the paper calls
 * them γ and β. Saved arrays: `mean` and `var` (C,) of the batch, and `xhat`, the normalised input.
 * Evaluation uses running statistics; `momentum` is the weight of a new batch in them. The running variance
 * is unbiased.
 */
export interface BatchNorm {
  readonly eps: number;
  readonly momentum: number;
  readonly kind: "batchnorm";
}

/**
 * Batch sizes.
 */
export interface BatchSizes {
  readonly kind: "batch_size";
  readonly values: readonly number[];
}

/**
 * The sum over the outputs of −t · log p − (1 − t) · log(1 − p), where p is the sigmoid of an output.
 *
 * t is the output's target, between 0 and 1. The loss is computed from the outputs and not from p, as by
 * torch.nn.BCEWithLogitsLoss, so that it is finite for outputs of any size. The loss of a batch is the mean
 * over its examples.
 */
export interface BinaryCrossEntropy {
  readonly kind: "binary_cross_entropy";
}

/**
 * The shape report of a recipe's network for inputs of `shape`. Nothing is trained.
 *
 * `names` are the names of all layers. `layers` describes the layers before the first that does not fit;
 * `parameters`, `multiply_adds` and `bytes` are sums over them. `bytes` estimates the memory of one
 * iteration. `problem` says why the recipe cannot run; it is null where it can. `fixes` starts with the
 * smallest change.
 */
export interface Blueprint {
  readonly shape: readonly number[];
  readonly names: readonly string[];
  readonly layers: readonly LayerPlan[];
  readonly parameters: number;
  readonly multiply_adds: number;
  readonly bytes: number;
  readonly problem: Problem | null;
  readonly fixes: readonly Fix[];
}

/**
 * Cells of a tensor, as row-major numbers.
 */
export interface Cells {
  readonly name: string;
  readonly cells: readonly number[];
}

/**
 * The strongest single path from the loss to one parameter.
 *
 * `links` go from the gradient of the loss down to the `gradient` of the parameter. The product of the last
 * link is the path's `contribution` to that gradient, a part of one of its `paths` terms.
 */
export interface Chain {
  readonly links: readonly Link[];
  readonly contribution: number | null;
  readonly gradient: number | null;
  readonly paths: number;
  readonly words: string;
}

/**
 * The effect of a nudge on one number.
 *
 * `gradient` is its slope with respect to the nudged number. `predicted` is the gradient times the amount,
 * `actual` is `after` - `before`. `example` is null for the mean loss of the batch. Numbers that are not
 * finite are null. Where a sign lies between the two numbers, `gradient` is a straight-through `estimate`
 * and no slope.
 */
export interface Change {
  readonly name: string;
  readonly cell: number;
  readonly index: readonly number[];
  readonly example: number | null;
  readonly estimate: boolean;
  readonly gradient: number | null;
  readonly predicted: number | null;
  readonly before: number | null;
  readonly after: number | null;
  readonly actual: number | null;
}

/**
 * A line of a file with its number. A "lit" line made the value, a "part" line contributed to it.
 */
export interface CodeLine {
  readonly number: number;
  readonly text: string;
  readonly notes: readonly Note[];
  readonly mark: Mark | null;
}

/**
 * A picture as text, in the form of `PictureEdit`, and the number of its class.
 */
export interface CollectedDigit {
  readonly picture: string;
  readonly label: number;
}

/**
 * Collected digits to save as a data set.
 *
 * The digits are added to the training examples of the data set `base` or, with `alone`, replace them. The
 * test examples are those of `base`.
 */
export interface Collection {
  readonly base: BuiltIn;
  readonly alone: boolean;
  readonly title: string;
  readonly digits: readonly CollectedDigit[];
}

/**
 * Two networks compared: their predictions for a picture, their evaluations, and their parameters.
 *
 * `moved` are the parameters that differ most, the largest change first. `changed` of all `parameters`
 * differ; `distance` is the Euclidean norm of all changes.
 */
export interface Comparison {
  readonly picture: string;
  readonly before: Side;
  readonly after: Side;
  readonly moved: readonly Moved[];
  readonly changed: number;
  readonly parameters: number;
  readonly distance: number | null;
  readonly words: string;
}

/**
 * A comparison of this moment with the moment before `iteration` of `run` (null: the same run).
 *
 * Both networks predict the `picture`. `count` is the number of parameters to list.
 */
export interface ComparisonQuestion {
  readonly picture: TypedArray;
  readonly label: number | null;
  readonly run: string | null;
  readonly iteration: number;
  readonly count: number;
}

/**
 * All cells that one cell depends on (`inputs`), and all cells that depend on it (`influences`).
 *
 * The inputs of a value reach down to the pixels, its influences up to the loss. The inputs of a gradient
 * reach up to the loss, its influences down to the gradients of the pixels and to the updated parameters.
 */
export interface Cone {
  readonly inputs: readonly Cells[];
  readonly influences: readonly Cells[];
}

/**
 * The same learning rate all the time.
 */
export interface Constant {
  readonly warmup: number;
  readonly kind: "constant";
}

/**
 * Slides `filters` kernels of size `kernel` over a padded image: (C, H, W) -> (filters, P, Q).
 *
 * `padding` adds zeros: a number on all four sides, a pair (above and below, left and right), "valid" for
 * none, or "same" for P = ceil(H / stride); an odd zero then goes below and to the right (ONNX's
 * SAME_UPPER). The cells of a window are `dilation` apart. With `groups`, channels and filters are divided
 * into that number of groups, and each group of filters reads its own group of channels; with as many groups
 * as channels the convolution is depthwise. `binary` selects the operands whose signs are multiplied: see
 * Binarisable. Parameters: w (filters, C / groups, KH, KW), b (filters,).
 */
export interface Conv2d {
  readonly filters: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: number | readonly [number, number] | "same" | "valid";
  readonly dilation: readonly [number, number];
  readonly groups: number;
  readonly binary: "no" | "weights" | "both";
  readonly kind: "conv2d";
}

/**
 * The learning rate falls along half a cosine, over `over` iterations, to the fraction `least` of it.
 *
 * It stays there (Loshchilov and Hutter 2017, "SGDR"). PyTorch's CosineAnnealingLR is the same for the first
 * `over` iterations, and rises again afterwards.
 */
export interface Cosine {
  readonly warmup: number;
  readonly kind: "cosine";
  readonly over: number;
  readonly least: number;
}

/**
 * A data set with its statistics, and a recipe that trains on it.
 *
 * `train_counts` and `test_counts` are the numbers of examples of each class. `means` (classes, *shape) are
 * the means of each class's training examples.
 */
export interface DatasetDetail {
  readonly info: DatasetInfo;
  readonly train_counts: readonly number[];
  readonly test_counts: readonly number[];
  readonly means: TypedArray;
  readonly signed: boolean;
  readonly recipe: Recipe;
}

/**
 * A data set that a recipe can use: its title, its classes, and what its inputs are.
 *
 * `shape` is the shape of an input. A data set that is not `ready` must be downloaded first; the download
 * has `download_bytes`. The numbers of examples are null until the data set's files are read. `base` is the
 * data set that an upload extends, if any.
 */
export interface DatasetInfo {
  readonly name: BuiltIn | `own:${string}`;
  readonly title: string;
  readonly about: string;
  readonly classes: readonly string[];
  readonly shape: readonly number[];
  readonly train_examples: number | null;
  readonly test_examples: number | null;
  readonly ready: boolean;
  readonly download_bytes: number | null;
  readonly download: Download | null;
  readonly base: BuiltIn | `own:${string}` | null;
}

/**
 * Every output is a weighted sum of all inputs: (D,) -> (units,).
 *
 * `binary` selects the operands whose signs are multiplied: see Binarisable. Parameters: w (units, D),
 * b (units,).
 */
export interface Dense {
  readonly units: number;
  readonly binary: "no" | "weights" | "both";
  readonly kind: "dense";
}

/**
 * The digit in a picture as an input of a data set, and the stages of its processing.
 *
 * `input` has the shape and the scale of the data set's examples. `boxes` are the digits found, from left to
 * right: (left, top, right, bottom) as fractions of the picture's size. `chosen` is the number of the box
 * that became the input.
 */
export interface DigitReading {
  readonly dataset: string;
  readonly stages: readonly DigitStage[];
  readonly input: TypedArray;
  readonly boxes: readonly (readonly [number, number, number, number])[];
  readonly chosen: number;
  readonly doubts: readonly Doubt[];
}

/**
 * One stage from a picture to an input: its title, a sentence about it, and the picture after it.
 *
 * `picture` (H, W) is 0 (black) to 255 (white) or, where `is_ink`, 0 (paper) to 255 (ink).
 */
export interface DigitStage {
  readonly key: StageKey;
  readonly title: string;
  readonly words: string;
  readonly picture: TypedArray;
  readonly is_ink: boolean;
}

/**
 * The first iteration with a number that is not finite, and its first tensor with such a number.
 */
export interface Divergence {
  readonly iteration: number;
  readonly tensor: string;
  readonly message: string;
}

/**
 * A possible problem with a picture, and what to do about it.
 */
export interface Doubt {
  readonly key: DoubtKey;
  readonly words: string;
}

/**
 * A download, running or ended. `done` and `total` are bytes. `problem` is null unless it failed.
 */
export interface Download {
  readonly done: number;
  readonly total: number;
  readonly running: boolean;
  readonly problem: string | null;
}

/**
 * Sets each cell to zero with probability `rate`, and scales the others up, in any shape.
 *
 * Saved array: `mask`, 0 where a cell is dropped, else 1 / (1 − rate). It is drawn for each iteration.
 * Evaluation drops nothing.
 */
export interface Dropout {
  readonly rate: number;
  readonly kind: "dropout";
}

/**
 * Rates of all dropout layers.
 */
export interface DropoutRates {
  readonly kind: "dropout";
  readonly values: readonly number[];
}

/**
 * The effect of training on a picture with a label, in slot `slot` of `iterations` consecutive batches.
 *
 * `count` is the number of parameters to list.
 */
export interface EffectQuestion {
  readonly picture: TypedArray;
  readonly label: number;
  readonly slot: number;
  readonly iterations: number;
  readonly count: number;
}

/**
 * The one shape of every 4xx and 5xx reply.
 */
export interface ErrorReply {
  readonly error: Problem;
}

/**
 * The accuracy (0..1) and the mean loss on the run's evaluated examples, after `iteration` iterations.
 */
export interface Evaluation {
  readonly iteration: number;
  readonly accuracy: number;
  readonly loss: number;
}

/**
 * Evaluate a run after `iteration` iterations (null: after all computed ones with finite numbers).
 */
export interface EvaluationCommand {
  readonly iteration: number | null;
}

/**
 * One example of a batch: its number in the training set (null for an edited-in picture) and its class.
 *
 * `truth` differs from `label` where the recipe assigns a wrong label.
 */
export interface Example {
  readonly index: number | null;
  readonly label: number | null;
  readonly truth: number | null;
}

/**
 * Slot `slot` of the batch of `iteration` holds training example number `example`.
 */
export interface ExampleEdit {
  readonly kind: "example";
  readonly iteration: number;
  readonly slot: number;
  readonly example: number;
}

/**
 * A page of the examples of a split, or of one of its classes.
 *
 * `numbers` are the numbers of the examples in the data set. `labels` are their true classes, null where
 * the data set has no classes. `total` is the number of examples in all pages. `counts` is the number of
 * examples of each class in the whole split.
 */
export interface Examples {
  readonly start: number;
  readonly total: number;
  readonly numbers: readonly number[];
  readonly images: TypedArray;
  readonly labels: readonly (number | null)[];
  readonly signed: boolean;
  readonly counts: readonly number[];
}

/**
 * One cell explained: its `value` is a `function` of the `total` of `count` terms.
 *
 * `meaning` says of a gradient, a parameter or an update in one sentence which way it goes, and why; null
 * for other numbers.
 *
 * The functions are: "sum", the total itself; "sign", or the kind of an activation, that function of the
 * total; "softmax", exp(own) / total; "negative_log", -log(total); "root", the square root of the total;
 * "quotient", the first term over the sum of the others; "argmax", the number of the largest term in their
 * own order; "given", no computation in this iteration, and no terms. "quotient", "argmax" and "given" have
 * no total.
 *
 * `terms` is the page from `offset` on; `rest` is the exact sum of all other terms. `rounding` is the value
 * minus the function of the total: the run's own rounding. `symbols` and `numbers` are the formula of the
 * cell. `shares` add up to a value that sums over the batch. `earlier` is the tensor of the previous
 * iteration whose update left the same cell here. Numbers that are not finite are null.
 */
export interface Explanation {
  readonly name: string;
  readonly cell: number;
  readonly index: readonly number[];
  readonly example: number;
  readonly value: number | null;
  readonly meaning: string | null;
  readonly function: Rule;
  readonly symbols: Math;
  readonly numbers: Math;
  readonly words: string;
  readonly count: number;
  readonly offset: number;
  readonly terms: readonly Term[];
  readonly rest: number | null;
  readonly total: number | null;
  readonly rounding: number | null;
  readonly shares: readonly Share[];
  readonly earlier: string | null;
}

/**
 * The rows and columns of the window that an output cell reads, and the steps between neighbours.
 */
export interface Extent {
  readonly size: readonly number[];
  readonly stride: readonly number[];
}

/**
 * One number of a product: a cell of the tensor `name`, or (null) a plain number. `symbol` names it.
 *
 * `cell` is the row-major number of the cell, `index` its coordinates. `example` is the slot in the batch,
 * null for a tensor of the whole batch or of the network. A `value` that is not finite is null.
 */
export interface Factor {
  readonly symbol: string;
  readonly name: string | null;
  readonly cell: number | null;
  readonly index: readonly number[];
  readonly example: number | null;
  readonly value: number | null;
}

/**
 * The parameter `name`, or one `map` of it, at several steps of the run.
 *
 * `frames` (n, ...) are its numbers before each of the `iterations`, which begin with 0 and end with the one
 * asked for.
 */
export interface Filmstrip {
  readonly name: string;
  readonly map: number | null;
  readonly iterations: readonly number[];
  readonly frames: Tensor;
}

/**
 * The answers to the first questions of a page whose address names no run.
 *
 * `recipe` is the recipe of the first run, `presets` are the worked examples, `run` is the first run, and
 * `reached` is its iteration 0 with all tensors of the first example.
 */
export interface FirstSight {
  readonly recipe: Recipe;
  readonly presets: readonly Preset[];
  readonly run: Run;
  readonly reached: Reached;
}

/**
 * A similar recipe of which more layers fit, and what it changes (`words`).
 */
export interface Fix {
  readonly words: string;
  readonly recipe: Recipe;
}

/**
 * All weights the same number.
 */
export interface Fixed {
  readonly kind: "constant";
  readonly value: number;
}

/**
 * Writes the cells of an image into a row, in row-major order: (C, H, W) -> (C*H*W,).
 */
export interface Flatten {
  readonly kind: "flatten";
}

/**
 * The results of all folds with the same `values` on the other axes, over the `done` ones.
 */
export interface FoldSummary {
  readonly values: readonly (number | string)[];
  readonly done: number;
  readonly train_loss: Spread | null;
  readonly accuracy: Spread | null;
  readonly loss: Spread | null;
}

/**
 * k-fold cross-validation: each of `folds` folds of the training examples is held out once.
 */
export interface Folds {
  readonly kind: "fold";
  readonly folds: number;
}

/**
 * One computed iteration, with the tensors that the request names, for one example.
 */
export interface Frame {
  readonly run: string;
  readonly iteration: number;
  readonly epoch: number;
  readonly example: number;
  readonly examples: readonly Example[];
  readonly looked_at: Example | null;
  readonly learning_rate: number;
  readonly update: string;
  readonly loss: number | null;
  readonly targets: readonly number[];
  readonly tensors: readonly FrameTensor[];
}

/**
 * One tensor of a frame.
 *
 * `minimum` and `maximum` are over its finite cells, and exact; null if no cell is finite. `nonfinite` is
 * the number of the other cells.
 */
export interface FrameTensor {
  readonly name: string;
  readonly data: TypedArray | ShadedArray | ListedArray;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly nonfinite: number;
}

/**
 * Each number times the normal distribution function Φ of it, in any shape: out = x · Φ(x).
 */
export interface GELU {
  readonly kind: "gelu";
}

/**
 * Initial values of the parameter `name` ("dense1.w"), row by row, in place of random ones.
 */
export interface GivenParameter {
  readonly name: string;
  readonly values: readonly number[];
}

/**
 * The mean of every channel, for images of any size: (C, H, W) -> (C,).
 */
export interface GlobalAvgPool {
  readonly kind: "globalavgpool";
}

/**
 * The analytic gradients of a layer against central differences of the mean loss, in float64.
 *
 * `checked` of `total` cells were compared. `left_out` more were drawn, but the loss has a kink there and no
 * derivative. `largest_error` is the largest relative error: that of `cell` of the gradient `name` (of
 * `example` where the gradient is that of an input), with its `analytic` and `numeric` value. Numbers that
 * are not finite are null. `estimates` names the gradients that pass a sign: straight-through estimates,
 * which are not slopes and are not compared. `passed` and the numbers are null where all gradients of the
 * layer are estimates.
 */
export interface GradientCheck {
  readonly layer: string;
  readonly checked: number;
  readonly total: number;
  readonly left_out: number;
  readonly largest_error: number | null;
  readonly name: string;
  readonly cell: number;
  readonly index: readonly number[];
  readonly example: number | null;
  readonly analytic: number | null;
  readonly numeric: number | null;
  readonly passed: boolean | null;
  readonly tolerance: number;
  readonly estimates: readonly string[];
  readonly words: string;
}

/**
 * What each example of the batch adds to the gradient of the parameter `name`, or of one `map` of it.
 *
 * `shares` (N, ...) are those of the N slots, whose sum is `gradient` (...), apart from rounding. Each is
 * divided by N already. `looked_at` (...) is what an example that is not in the batch would add in its first
 * place, else null. `coupled` is true where a share depends on the other examples too. `words` says what the
 * shares are.
 */
export interface GradientShares {
  readonly name: string;
  readonly map: number | null;
  readonly shares: Tensor;
  readonly gradient: Tensor;
  readonly looked_at: Tensor | null;
  readonly coupled: boolean;
  readonly words: string;
}

/**
 * The function of an activation or of a loss as points: `y` at `x`, in order.
 *
 * The `slopes` of an activation are its derivatives at all cells of the example's input. For a loss they are
 * null: `y` is the example's loss if only one output changed, and `x` that output's probability, or the
 * output itself where the loss has no probabilities.
 */
export interface Graph {
  readonly x: TypedArray;
  readonly y: TypedArray;
  readonly slopes: TypedArray | null;
}

/**
 * Normal numbers with mean 0 and variance 2 / fan_in (He et al. 2015, "Delving Deep into Rectifiers").
 */
export interface He {
  readonly kind: "he";
}

/**
 * The numbers of a channel over the batch, before and after a layer that normalises it.
 *
 * `before` and `after` count the numbers between neighbouring edges.
 */
export interface Histogram {
  readonly before: TypedArray;
  readonly before_edges: TypedArray;
  readonly after: TypedArray;
  readonly after_edges: TypedArray;
}

/**
 * About the fraction `share` of the training examples, drawn by the seed, is held out for validation.
 */
export interface HoldOut {
  readonly kind: "hold_out";
  readonly share: number;
}

/**
 * Initialisations, with their settings.
 */
export interface Initialisations {
  readonly kind: "initialisation";
  readonly values: readonly Initialisation[];
}

/**
 * An input: a picture or, without one, an example as the iteration receives it.
 *
 * The example is in slot `example` of the batch or, if `look` is given, training example `look`.
 */
export interface InputQuestion {
  readonly picture: TypedArray | null;
  readonly example: number;
  readonly look: number | null;
}

/**
 * One computed iteration, with the requested tensors for one example of its batch.
 */
export interface Iteration {
  readonly run: string;
  readonly iteration: number;
  readonly epoch: number;
  readonly example: number;
  readonly examples: readonly Example[];
  readonly looked_at: Example | null;
  readonly learning_rate: number;
  readonly update: string;
  readonly loss: number | null;
  readonly targets: readonly number[];
  readonly tensors: readonly Tensor[];
}

/**
 * One computed iteration, read for one example.
 *
 * `examples` are the examples of the batch, and `example` is the slot of the one that it is read for. If
 * this is a training example outside the batch, `looked_at` describes it (else null) and `example` is 0:
 * its numbers are those of a separate pass, in which it replaces the first example of the batch. Nothing is
 * trained on it. The gradients and changes of parameters are always those of the batch. `loss` is the mean
 * loss of the batch; null if it is not finite.
 *
 * `targets` are the targets of the example, one for each cell of the network's last output. `update` is a
 * sentence about the optimizer, without its full stop.
 */
export interface IterationHead {
  readonly run: string;
  readonly iteration: number;
  readonly epoch: number;
  readonly example: number;
  readonly examples: readonly Example[];
  readonly looked_at: Example | null;
  readonly learning_rate: number;
  readonly update: string;
  readonly loss: number | null;
  readonly targets: readonly number[];
}

/**
 * The seed deals the training examples into `folds` folds. Number `fold`, from 0, is held out.
 */
export interface KFold {
  readonly kind: "k_fold";
  readonly folds: number;
  readonly fold: number;
}

/**
 * Save an uploaded data set under a title.
 */
export interface KeepCommand {
  readonly title: string;
}

/**
 * A column of the stage: the input, a layer or the loss.
 *
 * `title` is its name in words ("Convolution 1") and `summary` its settings in a few words. `form` says how
 * to show it. `formula`, `forward` and `backward` describe its op. `source` is the name of the layer whose
 * output it reads, null for the input; `skip` that of the second one, null without a skip connection.
 * `window` is null for the input and the loss.
 */
export interface LayerInfo {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly form: Form;
  readonly kind: string;
  readonly source: string | null;
  readonly skip: string | null;
  readonly shape: readonly number[];
  readonly window: Extent | null;
  readonly parameters: number;
  readonly formula: string;
  readonly forward: string;
  readonly backward: string;
  readonly tensors: readonly TensorInfo[];
}

/**
 * A kind of layer: its title, a sentence about it (`words`), its settings, and a `layer` with default
 * settings.
 */
export interface LayerKind {
  readonly kind: string;
  readonly title: string;
  readonly words: string;
  readonly settings: readonly Setting[];
  readonly layer: Layer;
}

/**
 * A layer that fits: the shape of its output, its number of parameters, its multiply-adds for one
 * example, its bytes in the trace, and its receptive field.
 *
 * `field` is the size of the receptive field in rows and columns of the input (in cells, for a row of
 * numbers), at most the size of the input. The fields of neighbouring cells lie `field_stride` apart; null
 * for cells in a row.
 */
export interface LayerPlan {
  readonly name: string;
  readonly shape: readonly number[];
  readonly parameters: number;
  readonly multiply_adds: number;
  readonly bytes: number;
  readonly field: readonly number[];
  readonly field_stride: readonly number[] | null;
}

/**
 * What the followers of a player see. `recipe` is the recipe of its run.
 */
export interface Leader {
  readonly recipe: Recipe;
  readonly run: string;
  readonly moment: Moment;
  readonly example: number;
  readonly look: number | null;
  readonly view: OpenCell | null;
  readonly unit: Unit;
  readonly playing: boolean;
}

/**
 * The events of a follower's stream, with the data of each.
 */
export interface LeaderEvents {
  readonly leader: Leader;
  readonly progress: Progress;
  readonly frame: Frame;
  readonly alive: Nothing;
  readonly ended: Nothing;
}

/**
 * Passes positive cells and multiplies the others by `negative_slope`, in any shape.
 */
export interface LeakyReLU {
  readonly negative_slope: number;
  readonly kind: "leaky_relu";
}

/**
 * From `iteration` on, the optimizer has the learning rate `value`.
 */
export interface LearningRateEdit {
  readonly kind: "learning_rate";
  readonly iteration: number;
  readonly value: number;
}

/**
 * Learning rates of the optimizer.
 */
export interface LearningRates {
  readonly kind: "learning_rate";
  readonly values: readonly number[];
}

/**
 * The code that runs at a moment, and one of its numbers, computed once more by plain loops.
 *
 * The moment is a micro-step of the segment (`phase`, `layer`, `tensor`). `source` is the function that ran,
 * followed by the functions that it called on the way to the tensor `name`; the lit line made that tensor.
 * `loops` compute the cell alone; null where nothing is computed. `value` is the number of the run,
 * `loops_value` that of the loops, in float64. Both are null where they are not finite, and where the moment
 * has not `computed` the cell yet. `agree` is null where there is nothing to compare. `letters` are the
 * loops' names for the coordinates in `index`.
 */
export interface Lens {
  readonly phase: Phase;
  readonly layer: string;
  readonly tensor: string;
  readonly name: string;
  readonly cell: number;
  readonly index: readonly number[];
  readonly letters: readonly string[];
  readonly example: number;
  readonly source: readonly Listing[];
  readonly loops: Listing | null;
  readonly computed: boolean;
  readonly value: number | null;
  readonly loops_value: number | null;
  readonly agree: boolean | null;
  readonly words: string;
}

/**
 * One cell of a gradient on the path. `factor` is the slope of the step that leads to it; null for the
 * first.
 *
 * `value` is the whole gradient of the cell, the sum over all paths. `product` is this path's part of it:
 * the first link's value times all factors so far.
 */
export interface Link {
  readonly name: string;
  readonly cell: number;
  readonly index: readonly number[];
  readonly example: number | null;
  readonly value: number | null;
  readonly factor: number | null;
  readonly product: number | null;
}

/**
 * An array as plain numbers: `values` in row-major order, null for a number that is not finite.
 */
export interface ListedArray {
  readonly shape: readonly number[];
  readonly values: readonly (number | null)[];
}

/**
 * The source of one function as it is installed, without its common indentation.
 */
export interface Listing {
  readonly file: string;
  readonly name: string;
  readonly lines: readonly CodeLine[];
}

/**
 * A MathML element: `text` is the content of mi, mn, mo and mtext, `items` are the children of the
 * others.
 */
export interface Math {
  readonly tag: MathTag;
  readonly text: string | null;
  readonly items: readonly Math[];
}

/**
 * The largest cell of every window: (C, H, W) -> (C, P, Q).
 *
 * Saved array: `winner`, integers: the row-major number, in its window, of the cell that each output came
 * from. Of equal cells the first one wins.
 */
export interface MaxPool2d {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number] | null;
  readonly kind: "maxpool2d";
}

/**
 * The mean of the squared errors of an example's outputs.
 *
 * An error is an output minus its target. The loss of a batch is the mean over its examples, as by
 * torch.nn.MSELoss.
 */
export interface MeanSquaredError {
  readonly kind: "mean_squared_error";
}

/**
 * An iteration, and the number of its micro-steps that are done.
 */
export interface Moment {
  readonly iteration: number;
  readonly position: number;
}

/**
 * SGD with momentum (Polyak 1964): a parameter moves by its velocity times minus the learning rate.
 */
export interface Momentum {
  readonly learning_rate: number;
  readonly l1: number;
  readonly l2: number;
  readonly clip_value: number | null;
  readonly clip_norm: number | null;
  readonly kind: "momentum";
  readonly momentum: number;
}

/**
 * A cell of the parameter `name`, such as conv1.w, before and after. Null: not finite.
 */
export interface Moved {
  readonly name: string;
  readonly cell: number;
  readonly index: readonly number[];
  readonly before: number | null;
  readonly after: number | null;
  readonly change: number | null;
}

/**
 * The examples of the split `part` that are nearest to an input in the tensor `features`, nearest first.
 *
 * `images` are their pictures in the same order. `compared` of `total` examples were compared; `words` say
 * which.
 */
export interface Nearest {
  readonly part: Split;
  readonly metric: Metric;
  readonly features: string;
  readonly compared: number;
  readonly total: number;
  readonly neighbours: readonly Neighbour[];
  readonly images: TypedArray;
  readonly signed: boolean;
  readonly words: string;
}

/**
 * The `count` examples of the split `part` nearest to an input in the last layer's features.
 */
export interface NearestQuestion {
  readonly picture: TypedArray | null;
  readonly example: number;
  readonly look: number | null;
  readonly part: Split;
  readonly count: number;
  readonly metric: Metric;
}

/**
 * An example: its number in its split, its class, and the distance between its features and those of the
 * input.
 */
export interface Neighbour {
  readonly example: number;
  readonly label: number | null;
  readonly distance: number | null;
}

/**
 * Nesterov's momentum (Nesterov 1983; Sutskever et al. 2013), as torch.optim.SGD has it.
 *
 * velocity = momentum · velocity + gradient, change = −learning rate · (gradient + momentum · velocity): the
 * velocity is applied as it will be after one more of the same gradients.
 */
export interface Nesterov {
  readonly learning_rate: number;
  readonly l1: number;
  readonly l2: number;
  readonly clip_value: number | null;
  readonly clip_norm: number | null;
  readonly kind: "nesterov";
  readonly momentum: number;
}

/**
 * A network to start from. Its recipe has suitable data and settings.
 */
export interface NetworkPreset {
  readonly key: string;
  readonly title: string;
  readonly words: string;
  readonly recipe: Recipe;
}

/**
 * The kinds of layers and the presets.
 */
export interface Networks {
  readonly kinds: readonly LayerKind[];
  readonly presets: readonly NetworkPreset[];
}

/**
 * No examples are held out: all training examples are trained on.
 */
export interface NoValidation {
  readonly kind: "none";
}

/**
 * Normal numbers with mean 0 and standard deviation `deviation`.
 */
export interface Normal {
  readonly kind: "normal";
  readonly deviation: number;
}

/**
 * A variable after a line has run: the `shape` of an array, an `index` of coordinates, or a number's
 * `value`.
 *
 * The other fields are null; so is a `value` that is not finite.
 */
export interface Note {
  readonly name: string;
  readonly shape: readonly number[] | null;
  readonly index: readonly number[] | null;
  readonly value: number | null;
}

/**
 * The empty data of an event that has only a name.
 */
export interface Nothing {}

/**
 * A parameter or a pixel moved by `amount` from `before`: the effect on the mean loss and on a watched
 * number.
 *
 * `example` is null for a parameter. Nothing is stored.
 */
export interface Nudge {
  readonly name: string;
  readonly cell: number;
  readonly index: readonly number[];
  readonly example: number | null;
  readonly amount: number;
  readonly before: number | null;
  readonly loss: Change;
  readonly watched: Change | null;
  readonly words: string;
}

/**
 * The run ends with its last epoch.
 */
export interface Off {
  readonly kind: "off";
}

/**
 * A tensor whose map is open, and the row-major number of the chosen cell.
 */
export interface OpenCell {
  readonly name: string;
  readonly cell: number;
}

/**
 * Optimizers, with their settings.
 */
export interface Optimizers {
  readonly kind: "optimizer";
  readonly values: readonly Optimizer[];
}

/**
 * One choice for a field of a recipe. `value` has the default numbers.
 */
export interface Option {
  readonly title: string;
  readonly about: string;
  readonly value: Optimizer | Loss | Schedule | Initialisation | EarlyStopping;
}

/**
 * The choices for each field of a recipe.
 */
export interface Options {
  readonly optimizer: readonly Option[];
  readonly loss: readonly Option[];
  readonly schedule: readonly Option[];
  readonly initialisation: readonly Option[];
  readonly early_stopping: readonly Option[];
}

/**
 * The answers of the network for an example, probabilities where the loss computes them, and its loss.
 *
 * Numbers that are not finite are null.
 */
export interface Outcome {
  readonly answers: readonly (number | null)[];
  readonly loss: number | null;
}

/**
 * An uploaded data set that is not saved yet.
 *
 * `name` depends on the content only. `counts` is the number of examples of each class. `images` are some
 * examples, with their `labels`. `left_out_count` files cannot be used; `left_out` gives the reasons for the
 * first of them. `ignored` is the number of files that file managers add. `doubts` are assumptions.
 */
export interface OwnDraft {
  readonly name: BuiltIn | `own:${string}`;
  readonly about: string;
  readonly classes: readonly string[];
  readonly counts: readonly number[];
  readonly shape: readonly number[];
  readonly signed: boolean;
  readonly images: TypedArray;
  readonly labels: readonly number[];
  readonly left_out: readonly string[];
  readonly left_out_count: number;
  readonly ignored: number;
  readonly doubts: readonly UploadDoubt[];
}

/**
 * Cell number `cell`, row by row, of the parameter `name` ("conv1.w") is `value` before `iteration`.
 *
 * The iteration computes with it, and training goes on from there.
 */
export interface ParameterEdit {
  readonly kind: "parameter";
  readonly iteration: number;
  readonly name: string;
  readonly cell: number;
  readonly value: number;
}

/**
 * The update of the parameter `name` in one iteration, exactly as the engine computed it.
 *
 * `after` is `before` plus `change`, and what the next iteration starts with unless an edit sets a cell. A
 * parameter that is `held` fixed has a gradient and the change 0. `update` is a sentence about the
 * optimizer, without its full stop.
 */
export interface ParameterUpdate {
  readonly name: string;
  readonly before: Tensor;
  readonly gradient: Tensor;
  readonly change: Tensor;
  readonly after: Tensor;
  readonly held: boolean;
  readonly learning_rate: number;
  readonly update: string;
}

/**
 * A grid of numbers of one operand: `cells` (i4) of the tensor `name`, -1 for a zero of the padding.
 */
export interface Patch {
  readonly symbol: string;
  readonly name: string;
  readonly example: number | null;
  readonly cells: TypedArray;
  readonly values: TypedArray;
}

/**
 * The run ends after `patience` evaluations without an improvement (Prechelt 1998).
 *
 * An improvement is a loss more than `minimum_improvement` below that of the last improvement. ValueError
 * when `patience` is not in 1..MOST, or `minimum_improvement` is negative or not finite.
 */
export interface Patience {
  readonly patience: number;
  readonly minimum_improvement: number;
  readonly kind: "patience";
}

/**
 * Slot `slot` of the batch of `iteration` holds a person's picture, with class number `label`.
 *
 * `picture` has the numbers of the input before preprocessing, row by row: half precision, little-endian, as
 * base64url without padding. As text, it keeps a recipe hashable and short enough for an address.
 */
export interface PictureEdit {
  readonly kind: "picture";
  readonly iteration: number;
  readonly slot: number;
  readonly picture: string;
  readonly label: number;
}

/**
 * A picture in the shape and the scale of the data set, and the tensors to return.
 *
 * `names` are names or patterns, as "conv1.out" or "*.out".
 */
export interface PictureQuestion {
  readonly picture: TypedArray;
  readonly names: readonly string[];
}

/**
 * The player of a page.
 *
 * Replies and events can arrive out of order: the one with the larger `sequence` is newer. `others` is the
 * number of other pages that have this run open. `leading` is the token with which others follow this
 * player; null if it does not lead. `leaders` are the tokens of the other players of this run that lead.
 * `followers` is the number of pages that follow this player.
 */
export interface Player {
  readonly id: string;
  readonly sequence: number;
  readonly run: string;
  readonly moment: Moment;
  readonly example: number;
  readonly look: number | null;
  readonly view: OpenCell | null;
  readonly unit: Unit;
  readonly speed: number | null;
  readonly goal: number | null;
  readonly playing: boolean;
  readonly others: number;
  readonly leading: string | null;
  readonly leaders: readonly string[];
  readonly followers: number;
}

/**
 * The complete command of a page. It replaces the previous one.
 *
 * `example` is a slot of the batch. `look` is the number of a training example that is shown instead, in the
 * batch or not. `view` is the open cell. `speed` is in units per second (null: full speed). `goal` is an
 * accuracy (0..1): playing ends at the first evaluation that reaches it. `names` are the tensors of the
 * frames, or patterns as conv1.*; without names, the stream sends no frames.
 */
export interface PlayerCommand {
  readonly run: string;
  readonly moment: Moment;
  readonly example: number;
  readonly look: number | null;
  readonly view: OpenCell | null;
  readonly unit: Unit;
  readonly speed: number | null;
  readonly goal: number | null;
  readonly playing: boolean;
  readonly names: readonly string[];
  readonly arrays: ArrayForm;
  readonly frames_per_second: number;
}

/**
 * The events of a page's stream, with the data of each.
 */
export interface PlayerEvents {
  readonly player: Player;
  readonly progress: Progress;
  readonly frame: Frame;
  readonly alive: Nothing;
  readonly ended: Nothing;
}

/**
 * Kinds of pooling, for all pools with windows.
 */
export interface Poolings {
  readonly kind: "pooling";
  readonly values: readonly ("max" | "average")[];
}

/**
 * The prediction for a picture by the network before `iteration`. Nothing is stored.
 *
 * `picture` is the picture as text, in the form of `PictureEdit`. `answers` has a number for each class or
 * target: a probability where the loss computes probabilities (see `answer` in `Run`), else the output.
 * `margin` is the difference between the answers `winner` and `runner_up`. `verdict` says how far to trust
 * the answer, null without probabilities; `words` give the reason. `tensors` are the requested tensors.
 */
export interface Prediction {
  readonly run: string;
  readonly iteration: number;
  readonly picture: string;
  readonly answers: readonly (number | null)[];
  readonly winner: number | null;
  readonly runner_up: number | null;
  readonly margin: number | null;
  readonly verdict: Verdict | null;
  readonly words: string;
  readonly tensors: readonly Tensor[];
}

/**
 * The preparation of the data before training.
 *
 * `scaling` leaves inputs between 0 and 1 ("unit"), subtracts 0.5 ("centred"), or scales them to mean 0 and
 * standard deviation 1 ("standardised"). `whitening` then removes their correlations. `balance` chooses how
 * many training examples of each class are kept. About the fraction `label_noise` of the training examples
 * gets a wrong label. Validation and test examples keep their labels.
 */
export interface Preprocessing {
  readonly scaling: Scaling;
  readonly whitening: boolean;
  readonly balance: Balance;
  readonly label_noise: number;
}

/**
 * A worked example: a recipe, and stops in its run. The page opens it at the first stop.
 */
export interface Preset {
  readonly key: string;
  readonly title: string;
  readonly words: string;
  readonly recipe: Recipe;
  readonly stops: readonly Stop[];
}

/**
 * The first training examples of a recipe: as they are stored, and as inputs of iteration 0 (`made`).
 *
 * `labels` are the classes that the recipe assigns, `truths` the true classes. `counts` is the number of
 * training examples of each class. `colours` has the meaning that it has in `Run`.
 */
export interface Preview {
  readonly numbers: readonly number[];
  readonly stored: TypedArray;
  readonly made: TypedArray;
  readonly stored_signed: boolean;
  readonly made_signed: boolean;
  readonly colours: readonly [number, number] | null;
  readonly labels: readonly number[];
  readonly truths: readonly number[];
  readonly counts: readonly number[];
}

/**
 * What is wrong, in a sentence that says what would be right. `field` names the input at fault.
 */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field: string | null;
}

/**
 * The progress of a run: `computed` iterations, and the `losses` of iteration `since` and all later ones.
 *
 * Replies and events can arrive out of order. Of two with the same `source`, the one with the larger
 * `sequence` is newer. A run that is evicted and created again has another source.
 */
export interface Progress {
  readonly run: string;
  readonly source: string;
  readonly sequence: number;
  readonly status: Status;
  readonly computed: number;
  readonly since: number;
  readonly losses: TypedArray;
  readonly evaluations: readonly Evaluation[];
  readonly diverged: Divergence | null;
  readonly stopped: Stopped | null;
}

/**
 * RMSProp (Tieleman and Hinton 2012, Coursera lecture 6e), as torch.optim.RMSprop has it.
 *
 * v = alpha · v + (1 − alpha) · gradient², change = −learning rate / (√v + eps) · gradient.
 */
export interface RMSProp {
  readonly learning_rate: number;
  readonly l1: number;
  readonly l2: number;
  readonly clip_value: number | null;
  readonly clip_norm: number | null;
  readonly kind: "rmsprop";
  readonly alpha: number;
  readonly eps: number;
}

/**
 * The learning rate over a whole run: `values` at evenly spaced `iterations` and at those of edits.
 */
export interface Rates {
  readonly iterations: TypedArray;
  readonly values: TypedArray;
}

/**
 * Passes positive cells and sets the others to zero, in any shape. The derivative at zero is 0.
 */
export interface ReLU {
  readonly kind: "relu";
}

/**
 * The tensors to return of an iteration: for the example in slot `example` of its batch, or for training
 * example `look`.
 *
 * `names` are names or patterns. The progress of the reply has the losses from iteration `since` on.
 */
export interface ReachCommand {
  readonly names: readonly string[];
  readonly example: number;
  readonly look: number | null;
  readonly since: number;
}

/**
 * An iteration, and the progress of its run after computing it.
 */
export interface Reached {
  readonly progress: Progress;
  readonly iteration: Iteration;
}

/**
 * Another way to read the file: the text of its button, and the option of the upload that it sets.
 */
export interface Reading {
  readonly words: string;
  readonly option: string;
  readonly value: string;
}

/**
 * All settings of a training run. Equal recipes give equal numbers.
 *
 * `seed` determines all random numbers. `validation` holds out some training examples, the same fraction of
 * each class. The run ends after `epochs`, or earlier by `early_stopping`. `given` sets initial values of
 * some parameters; `initialisation` draws the others. `schedule` multiplies the optimizer's learning rate.
 * Parameters named in `frozen` ("dense1.b") are never updated. `edits` change single iterations.
 */
export interface Recipe {
  readonly dataset: BuiltIn | `own:${string}`;
  readonly preprocessing: Preprocessing;
  readonly augmentation: Augmentation;
  readonly validation: Validation;
  readonly network: readonly Layer[];
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  readonly initialisation: Initialisation;
  readonly batch_size: number;
  readonly seed: number;
  readonly dtype: "float32" | "float64";
  readonly epochs: number;
  readonly early_stopping: EarlyStopping;
  readonly given: readonly GivenParameter[];
  readonly frozen: readonly string[];
  readonly edits: readonly Edit[];
}

/**
 * The root of the mean of the squared errors of an example's outputs, in the units of the outputs.
 *
 * The loss of a batch is the mean over its examples. Where all errors are 0, the root has no derivative, and
 * the gradient is defined as 0.
 */
export interface RootMeanSquaredError {
  readonly kind: "root_mean_squared_error";
}

/**
 * A run: its recipe, its columns, and the order of the micro-steps in each iteration.
 *
 * `classes` is empty where examples have targets instead. `answer` is the name of the tensor with the
 * network's answer, one cell for each class or target. The run is evaluated on `evaluated_examples` examples
 * of the split `monitored`: validation, or test without validation examples. `colours` are the numbers of
 * dark and bright where the input channels are red, green and blue. `rates` is null where the learning rate
 * is constant. `frame_cells` is the most cells of a frame in shades. `edit_words` has a sentence for each
 * edit of the recipe. `drawable` is true where a drawing can become an example.
 */
export interface Run {
  readonly id: string;
  readonly recipe: Recipe;
  readonly layers: readonly LayerInfo[];
  readonly segments: readonly Segment[];
  readonly positions: number;
  readonly iterations: number;
  readonly iterations_per_epoch: number;
  readonly dataset_title: string;
  readonly classes: readonly string[];
  readonly answer: string;
  readonly train_examples: number;
  readonly validation_examples: number;
  readonly test_examples: number;
  readonly monitored: Split;
  readonly evaluated_examples: number;
  readonly colours: readonly [number, number] | null;
  readonly rates: Rates | null;
  readonly frame_cells: number;
  readonly edit_words: readonly string[];
  readonly drawable: boolean;
}

/**
 * Train in the background, at `rate` iterations per second (null: at full speed).
 *
 * Training stops after `until` iterations in all (null: at the end of the run) or, with an `accuracy`
 * (0..1), when an evaluation reaches it.
 */
export interface RunCommand {
  readonly rate: number | null;
  readonly until: number | null;
  readonly accuracy: number | null;
}

/**
 * The events of a run's stream, with the data of each.
 */
export interface RunEvents {
  readonly progress: Progress;
  readonly frame: Frame;
}

/**
 * Stochastic gradient descent: every parameter moves by its gradient times minus the learning rate.
 *
 * `weight_decay` is decoupled from the gradient: each update also takes that part, times the learning rate,
 * of the parameter away (Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization": SGDW).
 */
export interface SGD {
  readonly learning_rate: number;
  readonly l1: number;
  readonly l2: number;
  readonly clip_value: number | null;
  readonly clip_norm: number | null;
  readonly kind: "sgd";
  readonly weight_decay: number;
}

/**
 * A saliency map over the input for cell `cell` of `layer`'s output, whose value is `value`.
 *
 * `map` has the shape of the input, or (1, H, W) where all channels share it. `coarse` is the map before it
 * was enlarged: for Grad-CAM with a cell for each row and column of `maps`, the activations of `convolution`
 * (one of `convolutions`), for occlusion with a cell for each place of the `patch`, `stride` pixels apart.
 */
export interface Saliency {
  readonly run: string;
  readonly iteration: number;
  readonly about: SaliencyMethod;
  readonly layer: string;
  readonly cell: number;
  readonly index: readonly number[];
  readonly value: number | null;
  readonly map: Tensor;
  readonly signed: boolean;
  readonly coarse: Tensor | null;
  readonly convolution: string | null;
  readonly convolutions: readonly string[];
  readonly maps: string | null;
  readonly patch: number | null;
  readonly stride: number | null;
  readonly words: string;
}

/**
 * A saliency method: the meaning of its map, and its limit.
 */
export interface SaliencyMethod {
  readonly method: Method;
  readonly title: string;
  readonly meaning: string;
  readonly limit: string;
}

/**
 * The saliency map for cell `cell` of `layer`'s output, by `method`.
 *
 * Grad-CAM uses `convolution` (null: the last one). Occlusion covers squares of `patch` pixels, `stride`
 * pixels apart, with the number `fill`; null selects values that suit the input.
 */
export interface SaliencyQuestion {
  readonly picture: TypedArray | null;
  readonly example: number;
  readonly look: number | null;
  readonly layer: string;
  readonly cell: number;
  readonly method: Method;
  readonly convolution: string | null;
  readonly patch: number | null;
  readonly stride: number | null;
  readonly fill: number;
}

/**
 * Compute all iterations up to and including `iteration`.
 */
export interface SeekCommand {
  readonly iteration: number;
}

/**
 * A run of `cells` micro-steps in one phase of one layer. Its first micro-step is position `start` + 1.
 *
 * After k micro-steps the first k cells of the tensor `name` are done. A segment that `accumulates` goes
 * through the cells of an upstream gradient. The tensors that it `writes` are then partial sums until its
 * last micro-step; the server draws them (see `Window`).
 */
export interface Segment {
  readonly phase: Phase;
  readonly layer: string;
  readonly tensor: string;
  readonly name: string;
  readonly start: number;
  readonly cells: number;
  readonly accumulates: boolean;
  readonly writes: readonly string[];
}

/**
 * A setting of a layer and its possible values.
 *
 * A value is one of `words`, a number, a `pair` of numbers (rows, columns), true or false (`switch`), or
 * null (`optional`: the layer chooses). Numbers lie between `minimum` and `maximum`, where these are not
 * null. With `layer`, the number counts layers backwards from this one.
 */
export interface Setting {
  readonly name: string;
  readonly number: "integer" | "number" | null;
  readonly pair: boolean;
  readonly switch: boolean;
  readonly layer: boolean;
  readonly words: readonly string[];
  readonly optional: boolean;
  readonly minimum: number | null;
  readonly maximum: number | null;
}

/**
 * An array as one byte per cell, for drawing: base64, in row-major order.
 *
 * Byte b from 0 to 254 means minimum + b · (maximum − minimum) / 254, with the limits of the tensor; the
 * nearest byte is sent. Byte 255 means a number that is not finite. The exact numbers are in the iteration.
 * A tensor of at most 64 cells is sent as a `TypedArray` instead.
 */
export interface ShadedArray {
  readonly shape: readonly number[];
  readonly bdata: string;
}

/**
 * The part of one example in a sum over the batch.
 */
export interface Share {
  readonly example: number;
  readonly value: number | null;
}

/**
 * A network before `iteration` of a run: its prediction for a picture, its loss, and its evaluation.
 *
 * `loss` is null where the picture has no label. `test` is the evaluation on the run's evaluated examples,
 * null where there are none. Numbers that are not finite are null.
 */
export interface Side {
  readonly run: string;
  readonly iteration: number;
  readonly answers: readonly (number | null)[];
  readonly winner: number | null;
  readonly verdict: Verdict | null;
  readonly words: string;
  readonly loss: number | null;
  readonly test: Evaluation | null;
}

/**
 * Maps every number to the range from 0 to 1, in any shape: σ(x) = 1 / (1 + exp(−x)).
 */
export interface Sigmoid {
  readonly kind: "sigmoid";
}

/**
 * One number of a convolution as the sum of the products of its windows, after `done` of them (null:
 * all).
 *
 * There are `count` rows, one for `each` channel, example or filter; `rows` is the page from `offset` on,
 * `rest` the sum of all other rows, `total` the sum of all rows and the bias, `value` the engine's number.
 * `map` is the engine's map that holds the cell; its first cell is cell `start` of the tensor. The maps of
 * the rows, `rest_map` and the bias add up to it. `limit` and `map_limit` are the largest absolute values
 * among the products and the maps.
 *
 * A dx is computed in two ways (`way`), which `agreement` compares: by stamps, or by the turned kernel,
 * whose upper left cell lies at `corner` and whose cells lie `dilation` apart. Where the layer multiplies
 * signs, a gradient is multiplied with the `gate` of its cell, 0 or 1; elsewhere `gate` is null.
 */
export interface Sliding {
  readonly name: string;
  readonly cell: number;
  readonly index: readonly number[];
  readonly example: number;
  readonly kind: Kind;
  readonly layer: string;
  readonly way: Way | null;
  readonly done: number | null;
  readonly each: Each;
  readonly words: string;
  readonly count: number;
  readonly offset: number;
  readonly rows: readonly SlidingRow[];
  readonly bias: Factor | null;
  readonly rest: number | null;
  readonly total: number | null;
  readonly value: number | null;
  readonly limit: number;
  readonly start: number;
  readonly map: TypedArray;
  readonly map_computed: TypedArray;
  readonly rest_map: TypedArray;
  readonly rest_computed: TypedArray;
  readonly map_limit: number;
  readonly corner: readonly [number, number] | null;
  readonly dilation: readonly [number, number];
  readonly agreement: Agreement | null;
  readonly gate: number | null;
}

/**
 * The products of one channel, example or filter: left times right. `value` is their sum.
 *
 * `computed` is 1 for the products that are computed so far, else 0. `map` is the row's part of the whole
 * map, and `map_computed` marks its computed cells. `spread` is the upstream gradient spread out under the
 * turned kernel; null where no kernel is turned.
 */
export interface SlidingRow {
  readonly number: number;
  readonly left: Patch;
  readonly right: Patch;
  readonly products: TypedArray;
  readonly computed: TypedArray;
  readonly value: number | null;
  readonly map: TypedArray;
  readonly map_computed: TypedArray;
  readonly spread: Patch | null;
}

/**
 * Each output is exp(x) divided by the sum of all exponentials: (D,) -> (D,). Outputs add up to 1.
 */
export interface Softmax {
  readonly kind: "softmax";
}

/**
 * Minus the logarithm of the true class's probability, where softmax turns outputs into probabilities.
 *
 * With `label_smoothing` s, the goal of every class is s / K, and that of the true class is 1 − s more
 * (Szegedy et al. 2016, "Rethinking the Inception Architecture"). `class_weights`, one number for each
 * class, multiply the goals. The loss is then Σ −goal · log p, as by torch.nn.CrossEntropyLoss without
 * reduction. The loss of a batch is the plain mean over its examples, whatever the weights of their classes.
 */
export interface SoftmaxCrossEntropy {
  readonly kind: "softmax_cross_entropy";
  readonly label_smoothing: number;
  readonly class_weights: readonly number[];
}

/**
 * The mean of some numbers, and their sample standard deviation (null for a single number).
 */
export interface Spread {
  readonly mean: number;
  readonly deviation: number | null;
}

/**
 * Half the sum of the squared errors, so that the gradient is the error itself.
 *
 * An error is an output minus its target. The loss of a batch is the mean over its examples.
 */
export interface SquaredError {
  readonly kind: "squared_error";
}

/**
 * The stack of records at one position of an iteration, first layer first.
 */
export interface Stack {
  readonly records: readonly StackRecord[];
}

/**
 * The tensors that one layer keeps for its backward pass, with their sizes in bytes.
 *
 * The forward pass pushes the record, the backward pass pops it. A tensor that shares its memory with a
 * tensor of an earlier record counts 0 bytes.
 */
export interface StackRecord {
  readonly layer: string;
  readonly pushed: boolean;
  readonly popped: boolean;
  readonly bytes: number;
  readonly tensors: readonly (readonly [string, number])[];
}

/**
 * Compute `count` more iterations.
 */
export interface StepCommand {
  readonly count: number;
}

/**
 * The learning rate is multiplied by `by` after every `every` iterations, as by PyTorch's StepLR.
 */
export interface StepDecay {
  readonly warmup: number;
  readonly kind: "step";
  readonly every: number;
  readonly by: number;
}

/**
 * What the update of an iteration did for the example in slot `example`.
 *
 * Both forward passes are those of training, with the same examples and the same random numbers: `before`
 * with the parameters of the iteration, `after` with the updated ones. `label` is its class, null without
 * classes.
 */
export interface StepEffect {
  readonly example: number;
  readonly label: number | null;
  readonly before: Outcome;
  readonly after: Outcome;
  readonly words: string;
}

/**
 * A number to look at: cell `cell` of the tensor `name` at the moment `at`.
 *
 * `at` has the form that moments have in the page's address. `published` is the number as the source of the
 * example prints it, or as computed by hand.
 */
export interface Stop {
  readonly words: string;
  readonly at: string;
  readonly name: string;
  readonly cell: number;
  readonly published: string;
  readonly trial: Trial | null;
}

/**
 * Early stopping ended the run after `iteration` iterations. The lowest loss on the monitored split was
 * `best_loss`, after `best` iterations.
 */
export interface Stopped {
  readonly iteration: number;
  readonly best: number;
  readonly best_loss: number;
  readonly message: string;
}

/**
 * An evaluation of a run after `iteration` iterations, on all of its data.
 */
export interface Survey {
  readonly run: string;
  readonly iteration: number;
  readonly status: EvaluationStatus;
  readonly parts: readonly SurveyPart[];
}

/**
 * A split of the data, of which `done` examples are answered, and what is found in these.
 *
 * `confusion` counts the examples of each class (row) by their answers (column), `wrong` those off its
 * diagonal. Without classes, `confusion` and `accuracy` are null.
 */
export interface SurveyPart {
  readonly part: Split;
  readonly done: number;
  readonly total: number;
  readonly accuracy: number | null;
  readonly loss: number | null;
  readonly wrong: number;
  readonly confusion: TypedArray | null;
}

/**
 * A recipe and one or two axes: a run for each value, or for each pair of values.
 *
 * Runs have no edits, because edits belong to the iterations of one run.
 */
export interface Sweep {
  readonly recipe: Recipe;
  readonly axes: readonly Axis[];
}

/**
 * The progress of a sweep, with the results of its runs so far.
 *
 * The runs are evaluated on the split `monitored`. Accuracies are meaningful only where the data
 * `has_classes`. `folds` summarises the runs over their folds; it is empty unless one axis is the fold.
 */
export interface SweepReport {
  readonly id: string;
  readonly status: SweepStatus;
  readonly sweep: Sweep;
  readonly monitored: Split;
  readonly has_classes: boolean;
  readonly runs: readonly SweepRun[];
  readonly folds: readonly FoldSummary[];
}

/**
 * A run of a sweep: its value on each axis, its recipe, and its results so far.
 *
 * `train_loss` is the mean loss of the batches of the last epoch. `accuracy` and `loss` are from the last
 * evaluation. `best_epoch` is the epoch with the highest accuracy or, without classes, the lowest loss (0:
 * before the training). The curves are `accuracies` and `losses` after `evaluated_at` iterations, and
 * `train_losses`: means over the intervals that end after `trained_at` iterations. `problem` says why the
 * run failed.
 */
export interface SweepRun {
  readonly values: readonly (number | string)[];
  readonly recipe: Recipe;
  readonly status: SweepRunStatus;
  readonly problem: string | null;
  readonly computed: number;
  readonly iterations: number;
  readonly seconds: number | null;
  readonly train_loss: number | null;
  readonly accuracy: number | null;
  readonly loss: number | null;
  readonly best_epoch: number | null;
  readonly diverged: number | null;
  readonly evaluated_at: TypedArray;
  readonly accuracies: TypedArray;
  readonly losses: TypedArray;
  readonly trained_at: TypedArray;
  readonly train_losses: TypedArray;
}

/**
 * Maps every number to the range from −1 to 1, in any shape, and keeps its sign.
 */
export interface Tanh {
  readonly kind: "tanh";
}

/**
 * The numbers of a tensor. `minimum` and `maximum` are over its finite cells.
 *
 * `nonfinite` is the number of cells that are not finite. `computed` is 1 for each cell that is computed at
 * the moment, else 0; null where all cells are computed.
 */
export interface Tensor {
  readonly name: string;
  readonly data: TypedArray;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly nonfinite: number;
  readonly computed: TypedArray | null;
}

/**
 * A tensor of the stage: its names, its lane, its scope and its shape without the batch axis.
 *
 * `scope` is "example" for numbers of one chosen example, "batch" for gradients of the mean loss and for the
 * results of the update, "network" for parameters and slots. `parameter` names the parameter that the tensor
 * is or belongs to, null for all other tensors. The stage does not show the lanes "before" (a slot before
 * the update) and "after" (a parameter after the update).
 */
export interface TensorInfo {
  readonly name: string;
  readonly layer: string;
  readonly tensor: string;
  readonly title: string;
  readonly lane: Lane;
  readonly scope: Scope;
  readonly shape: readonly number[];
  readonly signed: boolean;
  readonly parameter: string | null;
}

/**
 * One term of a sum: the product of its factors, in float64.
 */
export interface Term {
  readonly factors: readonly Factor[];
  readonly value: number | null;
}

/**
 * A nudge at a stop: add `amount` to the stop's cell, and watch cell `watch_cell` of `watch`.
 */
export interface Trial {
  readonly amount: number;
  readonly watch: string;
  readonly watch_cell: number;
}

/**
 * An array in the form of Plotly's typed arrays: little-endian bytes in row-major order as base64, and a
 * shape such as "8, 26, 26".
 */
export interface TypedArray {
  readonly dtype: "f4" | "f8" | "i4" | "u1";
  readonly shape: string;
  readonly bdata: string;
}

/**
 * Uniform numbers from -`limit` to `limit`.
 */
export interface Uniform {
  readonly kind: "uniform";
  readonly limit: number;
}

/**
 * An assumption about the file, as a sentence, and the other ways to read the file.
 */
export interface UploadDoubt {
  readonly words: string;
  readonly readings: readonly Reading[];
}

/**
 * One cell of the parameter `name` from the beginning of the run up to an iteration.
 *
 * `values` (n,) are its exact numbers before the `iterations` (n,), from 0 to the one asked for. They are
 * evenly spaced, or nearly, where that would take too many iterations to compute again. `gradient` is
 * that of this iteration, and `after` the value that its update leaves; null when they are not finite.
 * `meaning` is the sentence of an explanation of the cell; `words` tells where it began and how far it came.
 */
export interface WeightHistory {
  readonly name: string;
  readonly cell: number;
  readonly index: readonly number[];
  readonly iterations: TypedArray;
  readonly values: TypedArray;
  readonly start: number | null;
  readonly value: number | null;
  readonly gradient: number | null;
  readonly after: number | null;
  readonly meaning: string | null;
  readonly words: string;
}

/**
 * Factors for the numbers of filters and units of all hidden layers. The last dense layer keeps its
 * units.
 */
export interface Widths {
  readonly kind: "width";
  readonly values: readonly number[];
}

/**
 * One micro-step: the cells that it reads and writes, and the partial sums after it.
 */
export interface Window {
  readonly reads: readonly Cells[];
  readonly writes: readonly Cells[];
  readonly partial: readonly Tensor[];
}

/**
 * Uniform numbers within ±√(6 / (fan_in + fan_out)) (Glorot and Bengio 2010).
 *
 * fan_out is the number of units, or of filters times the cells of a kernel: the first axis of the shape
 * times all axes after the second.
 */
export interface Xavier {
  readonly kind: "xavier";
}

/**
 * All weights 0.
 */
export interface Zeros {
  readonly kind: "zeros";
}
