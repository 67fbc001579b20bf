using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Predictions;

namespace SsMfar.Tasks;

/// <summary>
/// One thing to learn from a face: where its labels come from, the head that predicts it, what the head learns by, how it is judged and
/// how its outputs are read. The three tasks of SS-MFAR are such values; a fourth is one more.
/// </summary>
/// <param name="Name">The name in losses, scores and model files: lower case with underscores, without a dot.</param>
/// <param name="Labels">Reads the labels of a row.</param>
/// <param name="Head">Makes the head; the model owns it.</param>
/// <param name="Loss">Makes the loss; the trainer disposes it where it is disposable.</param>
/// <param name="Metric">Makes a fresh metric for one evaluation.</param>
/// <param name="Decoder">Reads the head's outputs.</param>
public sealed record AffectTask(
    string Name,
    ITaskLabels Labels,
    Func<TaskContext, ITaskHead> Head,
    Func<TaskContext, ITaskLoss> Loss,
    Func<TaskContext, ITaskMetric> Metric,
    ITaskDecoder Decoder);
