using System.Globalization;

namespace SsMfar.Weights;

/// <summary>Names of tensors in messages.</summary>
internal static class TensorNames
{
    private const int Shown = 5;

    /// <summary>The first few of many names.</summary>
    public static string Some(IEnumerable<string> names)
    {
        var all = names.ToList();
        string more = all.Count > Shown ? string.Create(CultureInfo.InvariantCulture, $" and {all.Count - Shown} more") : "";
        return all.Count == 0 ? "none" : string.Join(", ", all.Take(Shown)) + more;
    }
}
