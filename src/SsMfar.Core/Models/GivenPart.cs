namespace SsMfar.Models;

/// <summary>Parts that are made by what the user gave.</summary>
internal static class GivenPart
{
    /// <summary>The part, where there is one.</summary>
    /// <param name="part">What the user's function returned.</param>
    /// <param name="what">What it was to make.</param>
    /// <exception cref="InvalidOperationException">It returned null.</exception>
    public static T Required<T>(T? part, string what)
        where T : class =>
        part ?? throw new InvalidOperationException($"What was given to make the {what} made none: it returned null.");
}
