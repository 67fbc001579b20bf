using System.ComponentModel.DataAnnotations;

namespace SsMfar.Augmentation;

/// <summary>What the annotation of one option cannot say of two.</summary>
internal static class Ranges
{
    /// <summary>A fault for each range whose lower end is above its upper one.</summary>
    public static IEnumerable<ValidationResult> InOrder(params IEnumerable<(string Name, double Minimum, double Maximum)> ranges) =>
        ranges.Where(range => range.Minimum > range.Maximum).Select(range => new ValidationResult(
            FormattableString.Invariant($"{range.Name} is {range.Minimum}, above the largest, {range.Maximum}."), [range.Name]));
}
