using SsMfar.Campaigns.Models;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Campaigns.Endurance;

/// <summary>Trainings of a model whose steps take milliseconds.</summary>
internal static class TinyTraining
{
    /// <summary>Steps of an epoch, unless others are asked for.</summary>
    public const int StepsOfEpoch = 4;

    private const int BatchSize = 16;

    /// <summary>Trains.</summary>
    /// <param name="epochs">Epochs.</param>
    /// <param name="afterEpoch">Called after each, on the training's thread.</param>
    /// <param name="stepsOfEpoch">Steps of an epoch.</param>
    /// <returns>The weights, to the bit.</returns>
    public static SortedDictionary<string, byte[]> Run(int epochs, Action<int> afterEpoch, int stepsOfEpoch = StepsOfEpoch)
    {
        using TrainingResult result = MultiTaskTrainer.CreateBuilder()
            .UseBackbone(TinyBackbone.Factory)
            .UseDevice(ComputeDevice.Cpu)
            .Configure(options =>
            {
                options.ImageSize = TinyParts.Side;
                options.BatchSize = BatchSize;
                options.Epochs = epochs;
                options.Heads.HiddenWidth = 8;
            })
            .Build()
            .FitAsync(TinyFaces.Dataset(stepsOfEpoch * BatchSize), TinyFaces.Dataset(16, seed: 2), new Told(afterEpoch))
            .GetAwaiter().GetResult();
        return Weights(result.Model);
    }

    private static SortedDictionary<string, byte[]> Weights(MultiTaskModel model)
    {
        SortedDictionary<string, byte[]> weights = new(StringComparer.Ordinal);
        foreach ((string name, torch.Tensor tensor) in model.state_dict())
        {
            using DisposeScope scope = torch.NewDisposeScope();
            weights[name] = tensor.detach().contiguous().bytes.ToArray();
        }

        return weights;
    }

    private sealed class Told(Action<int> afterEpoch) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value is EpochProgress epoch)
            {
                afterEpoch(epoch.Result.Epoch);
            }
        }
    }
}
