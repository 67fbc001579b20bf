namespace SsMfar.Training;

/// <summary>The description of a search space cannot be read; the message names file, line and value.</summary>
public sealed class SearchSpaceException : SsMfarException
{
    internal SearchSpaceException(string place, string fault, string remedy)
        : base($"{place}: {fault}. {remedy}", remedy)
    {
    }
}
