namespace SsMfar.Benchmarks.Workers;

/// <summary>What some steps on one or several ranks took, in milliseconds a step; rank 0's view but for the processor's time.</summary>
/// <param name="Steps">Each step as a clock on the wall has it.</param>
/// <param name="Processor">Time of processors, of all ranks together.</param>
/// <param name="InPasses">In exchanges of forward and backward pass: outputs, and batch statistics where they are shared.</param>
/// <param name="Waiting">For the last rank to end its passes.</param>
/// <param name="Summing">In the sums of gradients, and of batch statistics, after that.</param>
/// <param name="Bytes">Handed over a step.</param>
/// <param name="Parts">The parts of the model in the order in which a backward pass completes them.</param>
internal sealed record RankSteps(
    double[] Steps, double Processor, double InPasses, double Waiting, double Summing, long Bytes, ModelPart[] Parts);

/// <summary>A part of a model whose gradients are complete together.</summary>
/// <param name="Numbers">How many parameters it has.</param>
/// <param name="Ready">After which share of a step they have their gradients.</param>
internal sealed record ModelPart(long Numbers, double Ready);

/// <summary>A sum of some size between ranks.</summary>
/// <param name="Numbers">How many numbers.</param>
/// <param name="Float32">Milliseconds in float32, the median.</param>
/// <param name="BFloat16">In bfloat16.</param>
internal sealed record WireTime(long Numbers, double Float32, double BFloat16);
