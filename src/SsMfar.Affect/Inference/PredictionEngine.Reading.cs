using System.Globalization;

namespace SsMfar.Inference;

/// <content>What is read in the outputs of the network.</content>
public sealed partial class PredictionEngine
{
    /// <summary>Reads a network's outputs. Those of an image that are not finite are a fault of that image's reading.</summary>
    /// <param name="outputs">For each task, the rows of all images and then, with flip-averaging, of all their mirror images.</param>
    /// <param name="count">The number of images.</param>
    private NetworkReading[] Read(float[][] outputs, int count)
    {
        int rows = _views * count;
        if (outputs.Length != _decoders.Length || outputs.Any(values => values.Length == 0 || values.Length % rows != 0))
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"The network gave {outputs.Length} outputs of {string.Join(", ", outputs.Select(o => o.Length))} values for {rows} " +
                    $"images and the tasks {string.Join(", ", _network.Tasks)}."));
        }

        var faults = new NonFiniteOutputException?[count];
        FaceReading[] readings = [.. Enumerable.Range(0, count).Select(_ => new FaceReading())];
        for (int task = 0; task < _decoders.Length; task++)
        {
            RequireWidth(task, outputs[task].Length / rows);
            FindFaults(task, outputs[task], faults);
            ReadTask(task, outputs[task], faults, readings);
        }

        return [.. readings.Select((reading, i) => new NetworkReading(reading.ToPrediction(), faults[i]))];
    }

    private void RequireWidth(int task, int width)
    {
        if (_decoders[task].OutputCount is { } read && read != width)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"{_network.Name}: the network gave {width} outputs for the task '{_network.Tasks[task]}', whose decoder " +
                    $"{_decoders[task].Description.Kind} reads {read}."));
        }
    }

    // Here, where outputs leave the network, for every task and on every inference library: whatever comes after may count on numbers.
    private void FindFaults(int task, float[] values, NonFiniteOutputException?[] faults)
    {
        int width = values.Length / (_views * faults.Length);
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                faults[i / width % faults.Length] ??= new(_network.Name, _network.Tasks[task], i % width, values[i]);
            }
        }
    }

    private void ReadTask(int task, Span<float> values, NonFiniteOutputException?[] faults, FaceReading[] readings)
    {
        int count = readings.Length;
        int rows = _views * count;
        int width = values.Length / rows;
        for (int row = 0; row < rows; row++)
        {
            if (faults[row % count] is null)
            {
                _decoders[task].Activate(values.Slice(row * width, width));
            }
        }

        for (int i = 0; i < values.Length - (count * width); i++)
        {
            values[i] = (values[i] + values[i + (count * width)]) / 2;
        }

        for (int i = 0; i < count; i++)
        {
            if (faults[i] is null)
            {
                readings[i].Set(_network.Tasks[task], _decoders[task].Decode(values.Slice(i * width, width)));
            }
        }
    }
}
