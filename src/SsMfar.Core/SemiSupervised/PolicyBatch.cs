using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// What a policy sees of some rows of a micro-batch: predictions for their weak views, and what is known of its task. No tensor carries a
/// gradient. R rows, K outputs a row, W label values a row.
/// </summary>
public sealed class PolicyBatch
{
    /// <summary>Creates the value.</summary>
    /// <param name="predictions">floating point [R, K]: what <see cref="IPseudoLabelPolicy.Predict"/> makes of the weak outputs.</param>
    /// <param name="values">floating point [R, W]: the labels; 0 where unknown. A class label is its index.</param>
    /// <param name="mask">floating point [R, W]: 1 where a label is known, else 0.</param>
    /// <param name="rowIds">int64 [R]: the rows' indices in the training set.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">The optimizer step, from 0, over the whole training.</param>
    public PolicyBatch(
        torch.Tensor predictions,
        torch.Tensor values,
        torch.Tensor mask,
        torch.Tensor rowIds,
        int epoch,
        long step) =>
        (Predictions, Values, Mask, RowIds, Epoch, Step) = (predictions, values, mask, rowIds, epoch, step);

    /// <summary>Gets floating-point [R, K]: what <see cref="IPseudoLabelPolicy.Predict"/> makes of the weak outputs.</summary>
    public torch.Tensor Predictions { get; }

    /// <summary>Gets floating-point [R, W]: the labels; 0 where unknown. A class label is its index.</summary>
    public torch.Tensor Values { get; }

    /// <summary>Gets floating-point [R, W]: 1 where a label is known, else 0.</summary>
    public torch.Tensor Mask { get; }

    /// <summary>Gets int64 [R]: the rows' indices in the training set.</summary>
    public torch.Tensor RowIds { get; }

    /// <summary>Gets the epoch, from 1.</summary>
    public int Epoch { get; }

    /// <summary>Gets the optimizer step, from 0, over the whole training.</summary>
    public long Step { get; }

    /// <summary>Of a class task: int64 [R], the classes; 0 where unknown.</summary>
    internal torch.Tensor Classes => Values.squeeze(1).to(torch.ScalarType.Int64);

    /// <summary>Of a task with one label value a row: [R], of the predictions' type, 1 where it is known, else 0.</summary>
    internal torch.Tensor Labelled => Mask.squeeze(1).to(Predictions.dtype);

    /// <summary>Of such a task: float64 [R], 1 where it is not known, else 0.</summary>
    internal torch.Tensor Unlabelled => Labelled.eq(Scalars.Of(0)).to(torch.ScalarType.Float64);

    /// <summary>The same rows with other predictions.</summary>
    internal PolicyBatch With(torch.Tensor predictions) => new(predictions, Values, Mask, RowIds, Epoch, Step);

    /// <summary>Some of the rows.</summary>
    /// <param name="rows">int64: places among these rows.</param>
    internal PolicyBatch Select(torch.Tensor rows) => new(
        Predictions.index_select(0, rows),
        Values.index_select(0, rows),
        Mask.index_select(0, rows),
        RowIds.index_select(0, rows),
        Epoch,
        Step);
}
