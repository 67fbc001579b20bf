using System.Collections.Immutable;

namespace SsMfar.Weights;

/// <summary>An operation of an ONNX graph.</summary>
/// <param name="Name">Its name; may be empty.</param>
/// <param name="Operator">What it does, such as <c>Conv</c>; behind its domain and a dot where that is not ONNX's own.</param>
/// <param name="Inputs">The values that it reads; an empty name is an input left out.</param>
/// <param name="Outputs">The values that it gives.</param>
/// <param name="Settings">Its attributes by name.</param>
internal sealed record OnnxNode(
    string Name,
    string Operator,
    ImmutableArray<string> Inputs,
    ImmutableArray<string> Outputs,
    IReadOnlyDictionary<string, OnnxSetting> Settings)
{
    /// <summary>Gets what messages call it: its name, or else its first output, which every node has.</summary>
    public string Label => Name.Length > 0 ? Name : Outputs.FirstOrDefault(output => output.Length > 0) ?? Operator;

    /// <summary>An input, or null where it is left out.</summary>
    public string? Input(int index) => index < Inputs.Length && Inputs[index].Length > 0 ? Inputs[index] : null;

    /// <summary>An attribute of integers.</summary>
    public ImmutableArray<long>? Integers(string name) => Settings.GetValueOrDefault(name)?.Integers;

    /// <summary>An attribute that is one integer.</summary>
    public long Integer(string name, long otherwise) => Integers(name) is [var only] ? only : otherwise;

    /// <summary>An attribute that is text.</summary>
    public string Text(string name, string otherwise) => Settings.GetValueOrDefault(name)?.Text ?? otherwise;

    /// <summary>An attribute that is a number or a tensor.</summary>
    public OnnxTensor? Tensor(string name) => Settings.GetValueOrDefault(name)?.Tensor;
}

/// <summary>An attribute of a node.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Integers">Its integers, one or several.</param>
/// <param name="Tensor">Its numbers: a tensor, floating-point numbers, or the integers.</param>
internal sealed record OnnxSetting(string? Text, ImmutableArray<long>? Integers, OnnxTensor? Tensor);
