using System.Collections.Immutable;

namespace SsMfar.Data;

/// <summary>A submission does not have exactly one row for each annotated image. The message counts the faults and names some.</summary>
public sealed class SubmissionMismatchException : Exception
{
    private const int Shown = 3;

    /// <summary>Makes the exception.</summary>
    /// <param name="missing">Annotated images without a prediction.</param>
    /// <param name="extra">Predicted images without an annotation.</param>
    /// <param name="repeated">Images predicted more than once.</param>
    public SubmissionMismatchException(IEnumerable<string> missing, IEnumerable<string> extra, IEnumerable<string> repeated)
        : this([.. missing], [.. extra], [.. repeated])
    {
    }

    private SubmissionMismatchException(ImmutableArray<string> missing, ImmutableArray<string> extra, ImmutableArray<string> repeated)
        : base(Describe(missing, extra, repeated))
    {
        Missing = missing;
        Extra = extra;
        Repeated = repeated;
    }

    /// <summary>Annotated images without a prediction.</summary>
    public ImmutableArray<string> Missing { get; }

    /// <summary>Predicted images without an annotation.</summary>
    public ImmutableArray<string> Extra { get; }

    /// <summary>Images predicted more than once.</summary>
    public ImmutableArray<string> Repeated { get; }

    private static string Describe(ImmutableArray<string> missing, ImmutableArray<string> extra, ImmutableArray<string> repeated)
    {
        string[] faults = [.. new[] { Part("missing", missing), Part("not annotated", extra), Part("repeated", repeated) }.OfType<string>()];
        return $"The predictions do not match the annotations: {string.Join("; ", faults)}. Predict every annotated image once, under the name it has in the annotations.";
    }

    private static string? Part(string fault, ImmutableArray<string> names) => names.IsEmpty
        ? null
        : $"{names.Length} image{(names.Length == 1 ? "" : "s")} {fault} ({string.Join(", ", names.Take(Shown))}{(names.Length > Shown ? ", ..." : "")})";
}
