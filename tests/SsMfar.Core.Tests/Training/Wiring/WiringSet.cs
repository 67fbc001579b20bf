using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Data;
using SsMfar.Kernels.TensorLists;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>
/// A set of which every count is known: 24 rows with an expression and all units, of which 20 have valence and arousal, then 8 rows
/// without either, of which 4 have valence and arousal.
/// </summary>
internal static class WiringSet
{
    public const int Rows = 32;
    public const int Labelled = 24;

    private const int UnlabelledWithAffect = 28;
    private const int LabelledWithAffect = 20;

    // Rows of each class, and rows of the 24 that show each unit.
    private static readonly int[] ClassCounts = [8, 4, 2, 2, 4, 1, 1, 2];
    private static readonly int[] UnitCounts = [1, 2, 3, 4, 6, 8, 12, 16, 18, 20, 21, 22];

    public static AnnotationSet Annotations { get; } = new(Enumerable.Range(0, Rows).Select(Row));

    public static AffectDataset Dataset { get; } = new(Annotations, new TinyFaces.Images());

    /// <summary>What a trainer builds of this set, from the trainer's own factory; the caller disposes it.</summary>
    /// <param name="builder">The trainer.</param>
    /// <param name="kernels">What optimizer and average compute by; the trainer's own when null.</param>
    public static TrainingRun Build(MultiTaskTrainerBuilder builder, ITensorListKernels? kernels = null)
    {
        MultiTaskTrainer trainer = builder.Build();
        return new TrainingRunFactory(trainer.Configuration, NullLogger.Instance, null, kernels)
            .Create(Dataset, null, CancellationToken.None);
    }

    private static AnnotationRow Row(int row)
    {
        bool labelled = row < Labelled;
        bool hasAffect = labelled ? row < LabelledWithAffect : row >= UnlabelledWithAffect;
        return new(
            FormattableString.Invariant($"1/8/{row:0000}.png"),
            hasAffect ? new(-0.8f + (0.05f * row), 0.7f - (0.04f * row)) : null,
            labelled ? ClassOf(row) : null,
            labelled ? ActionUnitLabels.From([.. UnitCounts.Select(count => (bool?)(row < count))]) : ActionUnitLabels.Unknown);
    }

    private static int ClassOf(int row)
    {
        int label = 0;
        for (int end = ClassCounts[0]; row >= end; end += ClassCounts[label])
        {
            label++;
        }

        return label;
    }
}
