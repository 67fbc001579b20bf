namespace SsMfar.Export;

/// <summary>A tensor in an <see cref="OnnxGraph"/>: an input, an initializer, or what a node gives.</summary>
public sealed class OnnxValue
{
    internal OnnxValue(OnnxGraph graph, string name)
    {
        Graph = graph;
        Name = name;
    }

    /// <summary>Gets the value's name in the file; no other has it.</summary>
    public string Name { get; }

    internal OnnxGraph Graph { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
