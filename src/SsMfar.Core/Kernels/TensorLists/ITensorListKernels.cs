using TorchSharp;

namespace SsMfar.Kernels.TensorLists;

/// <summary>What an optimizer step needs done to many tensors at once; none of it waits for the device.</summary>
internal interface ITensorListKernels
{
    /// <summary>One step of Adam or AdamW, in place.</summary>
    void Adam(AdamTensors tensors, in AdamRates rates);

    /// <summary>average += weight * (value - average), in place, for floating-point tensors.</summary>
    void Lerp(torch.Tensor[] averages, torch.Tensor[] values, double weight);

    /// <summary>Scales tensors in place so that their joint L2 norm is at most the limit.</summary>
    void ClipNorm(torch.Tensor[] tensors, double limit);
}

/// <summary>Parallel lists of parameters, gradients, both moments and step counters (float32 scalars).</summary>
internal readonly record struct AdamTensors(
    torch.Tensor[] Parameters, torch.Tensor[] Gradients, torch.Tensor[] FirstMoments,
    torch.Tensor[] SecondMoments, torch.Tensor[] Steps, long Step);

/// <summary>The numbers of one Adam step; decoupled decay is AdamW's.</summary>
internal readonly record struct AdamRates(
    double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, bool DecoupledDecay);
