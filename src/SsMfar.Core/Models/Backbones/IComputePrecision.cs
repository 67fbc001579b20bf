namespace SsMfar.Models;

/// <summary>A backbone that can compute in more than one precision. Backbones without it compute in their parameters' format.</summary>
public interface IComputePrecision
{
    /// <summary>Gets or sets the precision of the next forward passes; it changes neither parameters nor what a model file holds.</summary>
    ComputePrecision Precision { get; set; }
}
