using System.Diagnostics;

namespace SsMfar.Campaigns.Fuzzing;

/// <summary>What a case should not have done.</summary>
/// <param name="Kind">What went wrong: an exception's type, <c>memory</c>, <c>hang</c> or <c>crash</c>.</param>
/// <param name="Place">The topmost method of this library; what tells faults apart beside their kind.</param>
/// <param name="Details">More, for whoever mends it.</param>
internal sealed record FuzzFault(string Kind, string Place, string Details)
{
    public string Key => Place.Length == 0 ? Kind : $"{Kind} in {Place}";

    /// <summary>An exception that is none of those documented.</summary>
    public static FuzzFault Of(Exception exception)
    {
        StackFrame? own = new StackTrace(exception, false).GetFrames()
            .FirstOrDefault(frame => frame.GetMethod()?.DeclaringType is { Namespace: { } space } type
                && space.StartsWith("SsMfar", StringComparison.Ordinal) && type.Assembly != typeof(FuzzFault).Assembly);
        string place = own?.GetMethod() is { } method ? $"{method.DeclaringType!.Name}.{method.Name}" : "";
        return new(exception.GetType().Name, place, exception.ToString());
    }
}
