using System.Text;

namespace SsMfar.Data;

/// <summary>
/// Images that cannot be decoded, where they are not to be skipped. The message counts them and gives the first ones with reasons.
/// </summary>
public sealed class ImageCacheException : SsMfarException
{
    private const int Shown = 5;
    private const string RemedyText = "To train without them, set ImageFailurePolicy.Skip.";

    internal ImageCacheException(IReadOnlyList<ImageFailure> failures, int total)
        : base(Text(failures, total), RemedyText) => Failures = failures;

    /// <summary>Gets all bad images, in row order.</summary>
    public IReadOnlyList<ImageFailure> Failures { get; }

    private static string Text(IReadOnlyList<ImageFailure> failures, int total)
    {
        ArgumentNullException.ThrowIfNull(failures);
        StringBuilder text = new(FormattableString.Invariant($"{failures.Count} of {total} images cannot be read:"));
        foreach (ImageFailure failure in failures.Take(Shown))
        {
            text.Append(FormattableString.Invariant($" [row {failure.Index}] {failure.Message}"));
        }

        if (failures.Count > Shown)
        {
            text.Append(FormattableString.Invariant($" And {failures.Count - Shown} more."));
        }

        return text.Append(' ').Append(RemedyText).ToString();
    }
}
