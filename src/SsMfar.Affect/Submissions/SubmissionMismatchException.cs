using System.Collections.Immutable;
using System.Text;
using SsMfar.Imaging;

namespace SsMfar.Submissions;

/// <summary>A submission does not have exactly one row for each annotated image. The message counts the faults and names some.</summary>
public sealed class SubmissionMismatchException : SsMfarException
{
    private const int Shown = 3;
    private const string RemedyText = "Predict every annotated image once, under the name it has in the annotations.";

    /// <summary>Creates the exception.</summary>
    /// <param name="missing">Annotated images without a prediction.</param>
    /// <param name="extra">Predicted images without an annotation.</param>
    /// <param name="repeated">Images predicted more than once.</param>
    internal SubmissionMismatchException(IEnumerable<string> missing, IEnumerable<string> extra, IEnumerable<string> repeated)
        : this([.. missing], [.. extra], [.. repeated])
    {
    }

    private SubmissionMismatchException(ImmutableArray<string> missing, ImmutableArray<string> extra, ImmutableArray<string> repeated)
        : base(Describe(missing, extra, repeated), RemedyText)
    {
        Missing = missing;
        Extra = extra;
        Repeated = repeated;
    }

    /// <summary>Gets the annotated images without a prediction.</summary>
    public ImmutableArray<string> Missing { get; }

    /// <summary>Gets the predicted images without an annotation.</summary>
    public ImmutableArray<string> Extra { get; }

    /// <summary>Gets the images predicted more than once.</summary>
    public ImmutableArray<string> Repeated { get; }

    private static string Describe(ImmutableArray<string> missing, ImmutableArray<string> extra, ImmutableArray<string> repeated)
    {
        string[] faults = [.. new[] { Part("missing", missing), Part("not annotated", extra), Part("repeated", repeated) }
            .OfType<string>()];
        return $"The predictions do not match the annotations: {string.Join("; ", faults)}. {Alike(missing, extra)}" +
            RemedyText;
    }

    // Such names print alike in the two lists.
    private static string Alike(ImmutableArray<string> missing, ImmutableArray<string> extra)
    {
        ILookup<string, string> predicted = extra.Where(name => !Ascii.IsValid(name)).ToLookup(name => UnicodeForms.Decompose(name));
        (string Missing, string Found)[] pairs =
        [
            .. missing.Where(name => !Ascii.IsValid(name))
                .SelectMany(name => predicted[UnicodeForms.Decompose(name)].Take(1), (name, found) => (name, found)),
        ];
        return pairs.Length == 0
            ? ""
            : $"Of the missing, {pairs.Length} differ{(pairs.Length == 1 ? "s" : "")} from a predicted name in Unicode form alone: " +
                $"'{pairs[0].Missing}' is not there, {UnicodeForms.Remark(pairs[0].Missing, pairs[0].Found)}. ";
    }

    private static string? Part(string fault, ImmutableArray<string> names) => names.IsEmpty
        ? null
        : $"{names.Length} image{(names.Length == 1 ? "" : "s")} {fault} " +
            $"({string.Join(", ", names.Take(Shown).Select(ImageName.Printable))}{(names.Length > Shown ? ", ..." : "")})";
}
