namespace SsMfar.Inference;

/// <summary>Options of a predictor that loads a model file.</summary>
internal interface IModelFileOptions
{
    string ModelPath { get; }

    /// <summary>What is wrong with the options but for the path, null or a sentence each.</summary>
    IEnumerable<string?> Faults();
}
