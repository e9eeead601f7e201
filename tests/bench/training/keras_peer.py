"""Trains the network in Keras on TensorFlow, compiled to a graph as model.train_on_batch does: the authors' tools."""
import os

import network

arguments = network.parse_arguments()
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import math
import time

import keras
import numpy
import tensorflow
from keras import ops

tensorflow.config.threading.set_intra_op_parallelism_threads(arguments.threads)
tensorflow.config.threading.set_inter_op_parallelism_threads(arguments.threads)


def to_absolute(logits):
    """(B, heads, L, 2L-1), last index j - i + L - 1 -> (B, heads, L, L)."""
    length = logits.shape[2]
    padded = ops.reshape(ops.pad(logits, [(0, 0)] * 3 + [(0, 1)]), (-1, network.heads, 2 * length * length))
    padded = ops.pad(padded, [(0, 0), (0, 0), (0, length - 1)])
    return ops.reshape(padded, (-1, network.heads, length + 1, 2 * length - 1))[:, :, :length, length - 1 :]


class Attention(keras.layers.Layer):
    def __init__(self, depth, height, width):
        super().__init__()
        self.depth, self.head, self.rows, self.columns = depth, depth // network.heads, height, width
        spread = keras.initializers.RandomNormal(stddev=self.head**-0.5)
        self.rel_h = self.add_weight(shape=(2 * height - 1, self.head), initializer=spread, name="rel_h")
        self.rel_w = self.add_weight(shape=(2 * width - 1, self.head), initializer=spread, name="rel_w")

    def relative(self, q, encodings, height, width):
        """q (B, heads, H, W, d) -> the logits of the offsets along W: (B, heads, H, W, W)."""
        logits = ops.reshape(ops.matmul(q, ops.transpose(encodings)), (-1, network.heads, width, 2 * width - 1))
        return ops.reshape(to_absolute(logits), (-1, height, network.heads, width, width))

    def call(self, qkv):
        height, width, heads, head = self.rows, self.columns, network.heads, self.head
        q, k, v = (
            ops.transpose(ops.reshape(part, (-1, height * width, heads, head)), (0, 2, 1, 3))
            for part in ops.split(qkv, 3, axis=-1)
        )
        q = q * head**-0.5
        by_row = ops.transpose(ops.reshape(q, (-1, heads, height, width, head)), (0, 2, 1, 3, 4))
        by_width = ops.transpose(self.relative(by_row, self.rel_w, height, width), (0, 2, 1, 3, 4))
        by_column = ops.transpose(ops.reshape(q, (-1, heads, height, width, head)), (0, 3, 1, 2, 4))
        by_height = ops.transpose(self.relative(by_column, self.rel_h, width, height), (0, 2, 3, 1, 4))
        logits = ops.reshape(ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))), (-1, heads, height, width, height, width))
        logits = logits + ops.expand_dims(by_height, -1) + ops.expand_dims(by_width, -2)
        weights = ops.softmax(ops.reshape(logits, (-1, heads, height * width, height * width)))
        joined = ops.transpose(ops.matmul(weights, v), (0, 2, 1, 3))
        return ops.reshape(joined, (-1, height, width, self.depth))


def make():
    x = inputs = keras.Input((arguments.frames, arguments.bins, 1))
    for layer in network.layers(arguments.frames, arguments.bins, arguments.ratio, arguments.first_filters):
        parts = []
        if layer.filters > layer.attention:
            parts.append(keras.layers.Conv2D(layer.filters - layer.attention, 5, padding="same")(x))
        if layer.attention:
            qkv = keras.layers.Conv2D(3 * layer.attention, 1)(x)
            attended = Attention(layer.attention, layer.height, layer.width)(qkv)
            parts.append(keras.layers.Conv2D(layer.attention, 1)(attended))
        x = parts[0] if len(parts) == 1 else keras.layers.Concatenate()(parts)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        if layer.is_last_of_block:
            x = keras.layers.MaxPooling2D(2, padding="same")(x)
    x = keras.layers.Flatten()(x)
    for size in network.dense_sizes:
        x = keras.layers.Dense(size, activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(arguments.classes)(x))


keras.utils.set_random_seed(1)
net = make()
net.compile(
    optimizer=keras.optimizers.Adagrad(0.001, initial_accumulator_value=0.1),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
values = numpy.random.rand(arguments.batch, arguments.frames, arguments.bins, 1).astype("float32")
labels = numpy.random.randint(arguments.classes, size=arguments.batch)
for i in range(arguments.batches + 1):
    if i == 1:
        began, used = time.monotonic(), time.process_time()
    net.train_on_batch(values, labels)
parameters = sum(int(numpy.prod(weight.shape)) for weight in net.trainable_weights)
network.report(parameters, arguments.batches * arguments.batch, time.monotonic() - began, time.process_time() - used)
